#!/usr/bin/env python3
"""What `airwasm policy` does: output, messages and exit codes, word for word.

  policy_test.py AIRWASM [NAME...]    runs all cases, or those of the names
"""
import os
import sys

import cli_test

BEFORE, AFTER = ["--at", "2026-12-31T23:59:59Z"], ["--at", "2027-01-01T00:00:00Z"]
EXPLAIN = ["policy", "explain", "policy.toml"]
BAD = """airwasm: error: policy_bad.toml:1:11: 'fs.raed:/x': there is no class 'fs.raed' (did you mean 'fs.read'?)
airwasm: error: policy_bad.toml:1:33: 'fs.read:x': a path begins with '/'
airwasm: error: policy_bad.toml:4:11: there is no quota 'memroy' (did you mean 'memory'?)
airwasm: warning: policy_bad.toml:1:45: 'random' never matches: 'random' at policy_bad.toml:2:8 denies all of it
"""
EXPLAINED = """{
  "action": "random",
  "component": "-",
  "decision": "deny",
  "rule": null,
  "also_match": [],
  "expired": [
    {
      "decides": "allow",
      "rule": "random",
      "origin": "policy.toml:6:9",
      "expires": "2027-01-01T00:00:00+00:00"
    }
  ]
}
"""
LEARNED = """# What 5 observed actions need.

[[grant]]
allow = [
  "exit",
]

[component."acme:billing"]
allow = [
  "fs.read:/srv/data/*",
  "net.connect:tcp:db.internal:5432",
]
"""

# What reader.wat was seen to do in this folder.
LEARNED_RUN = f"""# What 3 observed actions need.

[component."reader"]
allow = [
  "fs.read:{os.path.realpath(cli_test.HERE)}/policy.toml",
  "stdio:out",
]

# Denied, and so not in here:
#
# # What 1 observed actions need.
#
# [component."reader"]
# allow = [
#   "fs.create",
# ]
"""

# As in cli_test.py.
CASES = [
    ("check", ["policy", "check", "policy.toml"] + BEFORE, 0, "", ""),
    ("check_expired", ["policy", "check", "policy.toml"] + AFTER, 0, "",
     "airwasm: warning: policy.toml:6:9: 'random' has expired, at 2027-01-01T00:00:00+00:00\n"),
    ("check_bad", "policy check policy.toml policy_bad.toml --at 2026-01-01T00:00:00Z", 1, "", BAD),
    ("check_json", "policy check policy_base.toml --json", 0, "[]\n", ""),
    ("check_missing", "policy check none.toml", 1, "", "airwasm: error: none.toml: cannot read 'none.toml': ..."),
    ("check_time", "policy check policy.toml --at noon", 2, "",
     "airwasm: error: --at takes a time as in 2027-01-01T00:00:00Z, not 'noon'\n"),

    ("explain_allow", EXPLAIN + ["acme:billing", "fs.read:/srv/data/x"], 0,
     "allowed: fs.read:/srv/data/x\n  by policy.toml:4:9: allow 'fs.read:/srv/data/**'\n", ""),
    ("explain_deny", EXPLAIN + ["acme:billing", "fs.read:/srv/data/private/x"], 0,
     "denied: fs.read:/srv/data/private/x\n  by policy.toml:9:8: deny 'fs.read:/srv/data/private/**'\n"
     "  also matches: policy.toml:4:9: allow 'fs.read:/srv/data/**'\n", ""),
    ("explain_nothing", EXPLAIN + ["acme:billing", "fs.read:/srv/database"], 0,
     "denied: fs.read:/srv/database\n  no rule allows it\n", ""),
    ("explain_component", EXPLAIN + ["acme:billing", "net.connect:db.internal:5432"], 0,
     "allowed: net.connect:db.internal:5432\n  by policy.toml:12:10: allow 'net.connect:db.internal:5432'\n", ""),
    ("explain_other_component", EXPLAIN + ["acme:mail", "net.connect:db.internal:5432"], 0,
     "denied: net.connect:db.internal:5432\n  no rule allows it\n", ""),
    ("explain_found_address", EXPLAIN + ["acme:billing", "net.connect:db.internal:5432 (169.254.169.254)"], 0,
     "denied: net.connect:db.internal:5432 (169.254.169.254)\n"
     "  by policy_base.toml:2:8: deny 'net.connect:169.254.0.0/16:*'\n", ""),
    ("explain_lookup", EXPLAIN + ["acme:billing", "net.lookup:db.internal"], 0,
     "allowed: net.lookup:db.internal\n  by policy.toml:12:10: allow 'net.connect:db.internal:5432'\n", ""),
    ("explain_included", EXPLAIN + ["-", "exit"], 0, "allowed: exit\n  by policy_base.toml:1:27: allow 'exit'\n", ""),
    ("explain_before", EXPLAIN + ["-", "random"] + BEFORE, 0,
     "allowed: random\n  by policy.toml:6:9: allow 'random', until 2027-01-01T00:00:00+00:00\n", ""),
    ("explain_expired", EXPLAIN + ["-", "random"] + AFTER, 0,
     "denied: random\n  no rule allows it\n"
     "  has expired: policy.toml:6:9: allow 'random', until 2027-01-01T00:00:00+00:00\n", ""),
    ("explain_json", EXPLAIN + ["-", "random", "--json"] + AFTER, 0, EXPLAINED, ""),
    ("explain_class", EXPLAIN + ["-", "fs.raed:/x"], 2, "",
     "airwasm: error: 'fs.raed:/x': there is no class 'fs.raed' (did you mean 'fs.read'?)\n"),
    ("explain_object", EXPLAIN + ["-", "net.connect:db"], 2, "",
     "airwasm: error: 'db': expected [tcp:|udp:]HOST:PORT, as in 'db.internal:5432', '[::1]:80'\n"),
    ("explain_bad_policy", ["policy", "explain", "policy_bad.toml", "-", "exit"], 1, "",
     "airwasm: error: policy_bad.toml:1:11: 'fs.raed:/x': there is no class 'fs.raed' (did you mean 'fs.read'?) (and 2 more)\n"),

    ("learn", "policy learn audit.jsonl", 0, LEARNED, ""),
    ("learn_denied", "policy learn audit.jsonl --only deny", 0,
     '# What 1 observed actions need.\n\n[component."acme:billing"]\nallow = [\n  "net.connect:tcp:db.internal:5432",\n]\n', ""),
    ("log_denied", "run logger.wat", 134, "", "airwasm: trap: log: no rule allows it\n..."),
    ("log", "run --allow log logger.wat", 0, "", "[info] shop: shop\\nready\n"),
    ("log_quota", "run --allow log --quota log=24B logger.wat", 134, "", "airwasm: trap: quota log of 24B is used up\n..."),
    ("learn_no_log", "policy learn policy.toml", 1, "",
     "airwasm: error: policy.toml:1: expected a JSON object on each line\n"),
    ("learn_run", "run --learn - --dir-ro . reader.wat", 0, "include =" + LEARNED_RUN, ""),
    ("learn_run_to_file", "run --learn {tmp}/learnt.toml --dir-ro . reader.wat", 0, "include =", ""),
    ("learnt_is_clean", "policy check {tmp}/learnt.toml", 0, "", ""),
    ("learnt_suffices", "run --policy {tmp}/learnt.toml reader.wat", 0, "include =", ""),
    ("learn_trap", "run --learn {tmp}/trap.toml reader.wat", 134, "", "airwasm: trap: unreachable..."),
    ("learnt_of_trap", "policy check {tmp}/trap.toml", 0, "", ""),
    ("learn_nowhere", "run --learn {tmp}/none/x.toml --dir-ro . reader.wat", 1, "",
     "airwasm: error: --learn: cannot write '..."),
    ("learn_and_audit", "run --learn - --audit {tmp}/x --dir-ro . reader.wat", 2, "",
     "airwasm: error: --audit excludes --learn\n"),
]

if __name__ == "__main__":
    sys.exit(cli_test.main(CASES))
