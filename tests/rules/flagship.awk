# The rule suspect-mailbox-export a second time, by hand and on its own: W3C logs in, the same CSV out that
# harrier writes (with LF). Columns by #Fields; `-` in cs-uri-query is empty; Computer is s-computername, else
# the first folder below `root` (if given), else s-ip. For logs whose lines are well-formed.
function public(ip,    part, n, i) { # ipv4_is_private(ip) == false
    n = split(ip, part, ".")
    if (n != 4) return 0
    for (i = 1; i <= 4; i++) {
        if (part[i] !~ /^[0-9][0-9]?[0-9]?$/ || part[i] > 255) return 0
        if (part[i] ~ /^0./) return 0
    }
    if (part[1] == 10 || part[1] == 192 && part[2] == 168) return 0
    if (part[1] == 172 && part[2] >= 16 && part[2] <= 31) return 0
    return 1
}
function last_part(text, mark) {
    while (index(text, mark)) text = substr(text, index(text, mark) + 1)
    return text
}
function field(name) { return (name in at) ? $at[name] : "" }
function cell(text) {
    if (text !~ /[,"\r\n]|^[ \t]|[ \t]$/) return text
    gsub(/"/, "\"\"", text)
    return "\"" text "\""
}
FNR == 1 {
    computer = ""
    if (root != "") {
        rest = substr(FILENAME, length(root) + 2)
        computer = substr(rest, 1, index(rest, "/") - 1)
    }
}
{ sub(/\r$/, "") }
/^#Fields: / {
    split("", at)
    for (i = 2; i <= NF; i++) at[$i] = i - 1
    next
}
/^#/ || !NF { next }
{
    stem = field("cs-uri-stem")
    if (!index(tolower(stem), "/owa/")) next
    query = field("cs-uri-query")
    if (query != "" && query != "-") next
    extension = tolower(last_part(stem, "."))
    if (extension == "aspx" || extension == "ashx" || extension == "asp") next
    name = last_part(stem, "/")
    if (name == "") next
    ip = field("c-ip")
    if (ip == "127.0.0.1" || ip == "::1" || !public(ip) || substr(ip, 1, 4) == "127.") next
    host = field("s-computername")
    if (host == "") host = computer
    if (host == "") host = field("s-ip")
    time = field("date") "T" field("time") ".0000000Z"

    group = name SUBSEP host SUBSEP stem
    if (!(group in count)) {
        order[++groups] = group
        first[group] = last[group] = time
    }
    count[group]++
    if (time < first[group]) first[group] = time
    if (time > last[group]) last[group] = time
    if (!((group, ip) in seen_ip)) {
        seen_ip[group, ip] = 1
        addresses[group]++
        ips[group] = ips[group] (ips[group] == "" ? "" : ",") "\"" ip "\""
    }
    if (!((group, time) in seen_time)) {
        seen_time[group, time] = 1
        times[group] = times[group] (times[group] == "" ? "" : ",") "\"" time "\""
    }
}
END {
    print "TenantId,file_name,Computer,csUriStem,StartTime,EndTime,dcount_cIP,AccessingIPs,AccessTimes," \
        "Access,timestamp,HostCustomEntity"
    for (i = 1; i <= groups; i++) {
        group = order[i]
        if (count[group] > 2 || addresses[group] != 1) continue
        split(group, key, SUBSEP)
        print "," cell(key[1]) "," cell(key[2]) "," cell(key[3]) "," first[group] "," last[group] "," \
            addresses[group] "," cell("[" ips[group] "]") "," cell("[" times[group] "]") "," count[group] "," \
            first[group] "," cell(key[2])
    }
}
