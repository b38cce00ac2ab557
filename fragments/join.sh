#!/bin/sh
# The chapter's source from its fragments: run from anywhere.
cd "$(dirname "$0")" || exit 1
out=../solutions/10_saes_language_model.py
for part in A B C1 D1 C2 D2 E; do
  [ -f "frag_$part.py" ] && { cat "frag_$part.py"; echo; }
done | cat -s > "$out.part"
sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$out.part" > "$out"
rm "$out.part"
