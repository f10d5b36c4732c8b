# Functions of C in this project's style (the opening brace alone in the first column): "lines file:line name".
function flush_file() { if (name != "") print FNR - start "\t" FILENAME ":" start "\t" name }
/^[a-zA-Z_].*\(/ && !/;$/ {
    name = $0
    sub(/\(.*/, "", name)
    sub(/.*[ *]/, "", name)
}
/^\{/ { start = FNR }
/^\}/ { if (start && name != "") print FNR - start - 1 "\t" FILENAME ":" start "\t" name; start = 0; name = "" }
