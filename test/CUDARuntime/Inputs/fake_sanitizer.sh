#!/bin/sh
# Stands in for compute-sanitizer, and finds nothing: SANITIZER_LOG=FILE has what it was called with; with SANITIZER_SILENT
# it runs nothing and says nothing.
[ -z "$SANITIZER_SILENT" ] || exit 0
echo "$@" >> "${SANITIZER_LOG:-/dev/null}"
while [ "${1#--}" != "$1" ]; do shift; done
"$@" && echo "ERROR SUMMARY: 0 errors"
