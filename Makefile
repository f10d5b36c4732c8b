# harrier: `make run` sets everything up and runs the main job; `make check` passes all tests.
# BUILD is the folder for what is built, CC the compiler, MODE one of release, san (ASan + UBSan), tiny
# (san, with chunks of 3 rows and blocks of 7 bytes, so that every edge is crossed) and tsan.

CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
BUILD   ?= build
MODE    ?= release
PREFIX  ?= /usr/local
WERROR  ?= -Werror
VERSION := 0.1.0

# Debian packages: to build and run, and what the tests need besides. There is no other list.
PACKAGES       := gcc libc6-dev make libncurses-dev libyaml-dev libcsv-dev libarchive-dev \
                  libpcre2-dev libjansson-dev libxxhash-dev libutf8proc-dev libssl-dev
PACKAGES_CHECK := libcmocka-dev clang libclang-rt-dev tmux procps valgrind

WARN    := -std=c17 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla $(WERROR)
DEFINE  := -D_GNU_SOURCE -DHARRIER_VERSION='"$(VERSION)"'
DATA    := -DHARRIER_DATA='"$(PREFIX)/share/harrier"'
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
UI_SRC   := $(filter src/ui/%,$(SOURCES))
CORE_SRC := $(filter-out $(UI_SRC) src/main.c,$(SOURCES))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
TOOL_SRC := $(sort $(filter-out tests/unit/% tests/fuzz/%,$(wildcard tests/*/*.c)))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
CORE_OBJ := $(CORE_SRC:%.c=$(OUT)/%.o)
UI_OBJ   := $(UI_SRC:%.c=$(OUT)/%.o)
DATA_OBJ := $(patsubst %.c,$(OUT)/%.o,$(shell grep -ls HARRIER_DATA $(SOURCES)))
UNITS    := $(UNIT_SRC:tests/unit/%.c=$(OUT)/unit/%)
TOOLS    := $(foreach t,$(TOOL_SRC),$(OUT)/tools/$(basename $(notdir $(t))))
FUZZERS  := $(FUZZ_SRC:tests/fuzz/%.c=$(OUT)/fuzz/%)

# only a release is what `make run`, `install` and people use as build/harrier
all: $(if $(filter release,$(MODE)),$(BUILD)/harrier,$(OUT)/harrier)

$(BUILD)/harrier: $(OUT)/harrier
	@mkdir -p $(@D) && cp $< $@
$(OUT)/harrier: $(OUT)/src/main.o $(OUT)/libharrier-ui.a $(OUT)/libharrier.a
	$(CC) $(MODEFLAGS) -o $@ $^ $(LIBS_CORE) $(LIBS_UI) $(LDFLAGS)
$(OUT)/libharrier.a: $(CORE_OBJ)
$(OUT)/libharrier-ui.a: $(UI_OBJ)
$(OUT)/%.a:
	@rm -f $@ && ar rcs $@ $^
# A file under its name from here and its whole one: tests/run says BUILD as a whole path.
LOCAL = $(patsubst $(CURDIR)/%,%,$@)
$(OUT)/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) $(EXTRA) -MMD -MP -MT $(LOCAL) -MT $(CURDIR)/$(LOCAL) -c -o $@ $<
# Everything is built again when the compiler or a flag changes, and what knows PREFIX when that does.
$(DATA_OBJ): EXTRA = $(DATA)
$(DATA_OBJ): $(OUT)/prefix
$(OUT)/flags: NOW = $(CC) $(ALLCFLAGS)
$(OUT)/prefix: NOW = $(DATA)
$(OUT)/flags $(OUT)/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(NOW))' | cmp -s - $@ || echo '$(subst ','\'',$(NOW))' > $@
-include $(patsubst %.c,$(OUT)/%.d,$(SOURCES) $(UNIT_SRC) $(TOOL_SRC) $(FUZZ_SRC))

# Tests: each tests/unit/test_*.c is a program, each other C file under tests/ a tool of the same name.
tests: $(UNITS) $(TOOLS) $(OUT)/harrier
$(UNITS): $(OUT)/unit/%: $(OUT)/tests/unit/%.o $(OUT)/libharrier-ui.a $(OUT)/libharrier.a
	@mkdir -p $(@D)
	$(CC) $(MODEFLAGS) -o $@ $^ -lcmocka $(LIBS_CORE) \
	    $(if $(findstring /test_ui,$@),$(LIBS_UI)) $(LDFLAGS)
define tool
$(OUT)/tools/$(basename $(notdir $(1))): $(1:%.c=$(OUT)/%.o) $(OUT)/libharrier.a
	@mkdir -p $$(@D)
	$(CC) $(MODEFLAGS) -o $$@ $$^ $(LIBS_CORE) $(LDFLAGS)
endef
$(foreach t,$(TOOL_SRC),$(eval $(call tool,$(t))))
$(FUZZERS): $(OUT)/fuzz/%: $(OUT)/tests/fuzz/%.o $(OUT)/libharrier.a
	@mkdir -p $(@D)
	$(CC) $(MODEFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS_CORE) $(LDFLAGS)

fuzzers: $(FUZZERS)
deps:
	@tests/deps $(PACKAGES)
deps-check:
	@tests/deps $(PACKAGES) $(PACKAGES_CHECK)
run: deps
	@$(MAKE) --no-print-directory all $(OUT)/tools/demo
	@tests/demo $(BUILD)/harrier $(OUT)/tools/demo $(BUILD)/demo
check: deps-check
	@BUILD='$(BUILD)' CC='$(CC)' tests/run
# what the program writes about itself, and where under share/ it is looked for
DOCS := man:man/man1/harrier.1 bash:bash-completion/completions/harrier zsh:zsh/site-functions/_harrier
install: all
	install -D -m 755 $(BUILD)/harrier $(DESTDIR)$(PREFIX)/bin/harrier
	for f in rules/*.yaml rules/*.exclusions themes/*.yaml; do [ ! -f $$f ] || \
	    install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/harrier/$${f%/*} $$f || exit 1; done
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/harrier README.md LICENSE
	@mkdir -p $(BUILD)/doc
	$(foreach d,$(DOCS),$(BUILD)/harrier --doc $(firstword $(subst :, ,$(d))) >$(BUILD)/doc/page && \
	    install -D -m 644 $(BUILD)/doc/page $(DESTDIR)$(PREFIX)/share/$(lastword $(subst :, ,$(d))) &&) :
uninstall:
	rm -f $(foreach d,$(DOCS),$(DESTDIR)$(PREFIX)/share/$(lastword $(subst :, ,$(d))))
	rm -rf $(DESTDIR)$(PREFIX)/bin/harrier $(DESTDIR)$(PREFIX)/share/harrier \
	    $(DESTDIR)$(PREFIX)/share/doc/harrier
fuzz: deps-check
	@BUILD='$(BUILD)' tests/fuzz/run
bench: deps
	@$(MAKE) --no-print-directory all $(TOOLS)
	@HARRIER=$(BUILD)/harrier TOOLS=$(OUT)/tools BUILD='$(BUILD)' tests/bench/bench
screenshots: deps
	@$(MAKE) --no-print-directory all $(OUT)/tools/demo
	@HARRIER=$(BUILD)/harrier TOOLS=$(OUT)/tools BUILD='$(BUILD)' tests/ui/screenshots
clean:
	rm -rf $(BUILD)

FORCE:
.PHONY: all tests fuzzers deps deps-check run check install uninstall fuzz bench screenshots clean FORCE
.SECONDARY:
