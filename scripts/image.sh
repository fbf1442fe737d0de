#!/usr/bin/env bash
# Build the container image from the Dockerfile: `scripts/image.sh [service|gpu]`, tagged tenfold (or $IMAGE).
#
# With docker or podman where one of them works, else with buildah, which needs no daemon. Where the registry of the base
# image cannot be reached, a stand-in is made from Debian's own packages by debootstrap (once: it is kept in .cache/image).
# The machine's pip settings go to the build as secrets, so that no layer and no history holds them.
# Variables: IMAGE (tag), IMAGE_TOOL (docker, podman, buildah), IMAGE_BASE (the Dockerfile's BASE).
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-service}
image=${IMAGE:-tenfold}
[ "$target" = service ] || image="$image-$target"
stand_in=localhost/tenfold-base
keep=.cache/image

# Both tools answer `info` only where they can work.
find_tool() {
  for tool in docker podman; do
    if timeout 20 "$tool" info >/dev/null 2>&1; then echo "$tool"; return; fi
  done
  command -v buildah || { echo "No docker, podman or buildah works here; install one (Debian: apt install buildah runc)" >&2; exit 1; }
}

# Debian's Python on Debian's smallest system, without what Debian's own slim images leave out too.
make_stand_in() {
  if "$tool" images "$stand_in" 2>/dev/null | grep -q "$stand_in"; then return; fi
  command -v debootstrap >/dev/null || { echo "The base image cannot be pulled and debootstrap is missing; install it, or set IMAGE_BASE" >&2; exit 1; }
  mkdir -p "$keep"
  if [ ! -f "$keep/base.tar" ]; then
    local root=$keep/root
    rm -rf "$root"
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root" >"$keep/debootstrap.log"
    tar --create --file "$keep/base.tar.new" --directory "$root" \
      --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./var/log/*' \
      --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' .
    mv "$keep/base.tar.new" "$keep/base.tar"
    rm -rf "$root"
  fi
  if [ "$tool" != buildah ]; then "$tool" import "$keep/base.tar" "$stand_in" >/dev/null; return; fi
  local container
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$keep/base.tar" / >/dev/null
  buildah commit --quiet "$container" "$stand_in" >/dev/null
  buildah rm "$container" >/dev/null
}

choose_base() {
  local named
  named=$(sed -n 's/^ARG BASE=//p' Dockerfile)
  if [ -n "${IMAGE_BASE:-}" ]; then echo "$IMAGE_BASE"; return; fi
  if timeout 120 "$tool" pull "$named" >/dev/null 2>&1; then echo "$named"; return; fi
  echo "$named cannot be pulled; a stand-in is made from Debian's packages" >&2
  make_stand_in >&2
  echo "$stand_in"
}

# All of pip's settings, from its files and the environment (which wins), as one file; certificates are mounted elsewhere.
# A machine's own constraints stay outside: their file is not in the build, and the project's say every version.
pip_settings() {
  echo "[global]"
  python3 -m pip config list | sed -nE "s/^(:env:|global|install)\.([a-z-]+)='(.*)'$/\2 = \3/p" |
    awk -F ' = ' '$1 != "constraint" && !seen[$1]++' | sed 's#^cert = .*#cert = /etc/builder-ca.pem#'
}

# Folders of packages that those settings name.
package_folders() {
  grep -oE '(file://)?/[^ ]+' "$1" | grep -v '^/etc/' | sed -E 's#^file://##; s#/simple/?$##' | sort -u
}

tool=${IMAGE_TOOL:-$(find_tool)}
tool=$(basename "$tool")
if [ "$tool" = buildah ]; then
  export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
  buildah info >/dev/null 2>&1 || export STORAGE_DRIVER=vfs
fi

settings=$(mktemp -d)
trap 'rm -rf "$settings"' EXIT
pip_settings >"$settings/pip.conf"
options=(--network host --file Dockerfile --target "$target" --tag "$image" --secret "id=pip.conf,src=$settings/pip.conf")
certificates=${PIP_CERT:-${SSL_CERT_FILE:-}}
[ ! -f "$certificates" ] || options+=(--secret "id=ca.pem,src=$certificates")
if [ "$tool" != docker ]; then # docker cannot lend a folder to a build, and has its own format anyway
  options+=(--layers --format docker) # OCI's own format has no place for HEALTHCHECK
  while read -r folder; do
    [ ! -d "$folder" ] || options+=(--volume "$folder:$folder:ro")
  done < <(package_folders "$settings/pip.conf")
fi
commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain 2>/dev/null)" ] || commit="$commit-dirty"
version=$(sed -n 's/^version = "\(.*\)".*/\1/p' pyproject.toml)

base=$(choose_base)
echo "Building $image ($target) with $tool on $base"
"$tool" build "${options[@]}" --build-arg "BASE=$base" --build-arg "VERSION=$version" --build-arg "COMMIT=$commit" .
