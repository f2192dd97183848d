# title: State of the tiny guest's seed reader
# families: tiny
# why: a copy has to read its own seed

gone "$ROOT"/var/lib/nocloud
