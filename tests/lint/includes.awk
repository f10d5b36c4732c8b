# A folder includes only folders below it, and of those only <folder>/<folder>.h (of base/ any header).
BEGIN {
    split("base:0 simd:1 table:2 input:3 func:3 export:3 kql:4 exec:5 ops:6 hunt:7 ui:8 main:9", steps, " ")
    for (i in steps) {
        split(steps[i], step, ":")
        rank[step[1]] = step[2]
    }
}
FNR == 1 {
    own = substr(FILENAME, 5)
    if (!sub(/\/.*/, "", own)) own = "main"
    if (!(own in rank)) print FILENAME ":1: " own " is no step of the ladder"
}
/^ *# *include *"/ {
    split($0, part, "\"")
    header = folder = part[2]
    place = FILENAME ":" FNR ": "
    if (!sub(/\/.*/, "", folder)) {
        if (own != "main") print place "\"" header "\" needs its folder in front"
    } else if (folder == own) {
        next
    } else if (!(folder in rank) || rank[folder] >= rank[own]) {
        print place own " includes " folder ", which is not below it"
    } else if (folder != "base" && header != folder "/" folder ".h") {
        print place "of " folder " only " folder "/" folder ".h may be included"
    }
}
