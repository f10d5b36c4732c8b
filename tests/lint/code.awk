# C without comments and text, as path:line:code; both become blanks. For greps that mean code.
FNR == 1 { comment = 0 }
{
    out = ""
    rest = $0
    include = rest ~ /^ *# *include/
    while (rest != "") {
        if (comment) {
            end = index(rest, "*/")
            if (!end) break
            comment = 0
            rest = substr(rest, end + 2)
            continue
        }
        if (!match(rest, /\/\*|\/\/|"|'/)) {
            out = out rest
            break
        }
        out = out substr(rest, 1, RSTART - 1)
        mark = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        if (mark == "//") break
        if (mark == "/*") {
            comment = 1
            out = out " "
        } else if (include) { # an include's name is code here
            out = out mark
        } else {
            while (rest != "" && substr(rest, 1, 1) != mark)
                rest = substr(rest, substr(rest, 1, 1) == "\\" ? 3 : 2)
            rest = substr(rest, 2)
            out = out mark mark
        }
    }
    print FILENAME ":" FNR ":" out
}
