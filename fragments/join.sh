#!/bin/sh
# Joins fragments into solutions/04_computing.py, in the order A B C D F.   fragments/join.sh        all that are there
#                                                                            fragments/join.sh A C    only these
cd "$(dirname "$0")/.." || exit 1
out=solutions/04_computing.py
new=$(mktemp solutions/.join.XXXXXX)
for author in ${*:-A B C D F}; do
    [ -f "fragments/frag_$author.py" ] || continue
    [ -s "$new" ] && printf '\n' >> "$new"
    cat "fragments/frag_$author.py" >> "$new"
done
chmod 644 "$new" && mv "$new" "$out"
wc -l "$out"
