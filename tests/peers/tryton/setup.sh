#!/bin/sh
# Installs a real Tryton and fills a database with the story the tests tell.
#
# usage: setup.sh DIR     DIR gets a Python environment and story-YEAR.sqlite; run again, it does what is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
story="$dir/story-$(date +%Y).sqlite"
[ -f "$story" ] && exit 0

# Its own marker: an installation cut short is begun again.
if [ ! -f "$dir/venv/.installed" ]; then
    rm -rf "$dir/venv"
    python3 -m venv "$dir/venv"
    "$dir/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    touch "$dir/venv/.installed"
fi

work=$(mktemp -d "$dir/making.XXXXXX")
trap 'rm -rf "$work"' EXIT
printf '[database]\nuri = sqlite://\npath = %s\n' "$work" > "$work/trytond.conf"
printf 'story-of-debts-4711\n' > "$work/password"
touch "$work/tryton.sqlite"
TRYTONPASSFILE="$work/password" "$dir/venv/bin/trytond-admin" -c "$work/trytond.conf" -d tryton \
    --all --email admin@example.com -u account_invoice --activate-dependencies
"$dir/venv/bin/python" "$here/story.py" "$work/trytond.conf" tryton
mv "$work/tryton.sqlite" "$story"
