"""Marks that a learner's code cannot make: answers run in a sandbox, checks run outside it.

A submission goes through `files` and `notebook` (what was handed in), `locate` and `program` (the answers, in the
published chapter's context), `session` and `remote` (running them in a worker), `marking` (checking them) and
`gradebook`. `forge`, `bubblewrap`, `syscalls` and `inside` make workers, `memory` watches them; `judge` keeps each
marking in a process of its own; `at_hand`, `batch`, `cluster` and `command` do it for a folder; `identity` and `roster`
know whose it is; `results`, `export` and `pages` tell people.
"""
