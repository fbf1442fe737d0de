# Two images from one file: `service` (the default: ONNX Runtime, no torch, no compiler, no tests, no training code) and
# `gpu` (torch, for serving on CUDA and for training). scripts/image.sh builds them; docs/deployment.md runs them.

# Debian slim with the Python that the tests run on; any base with python3 and its venv module will do.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

# --- what is to be installed, alone: editing pyproject.toml elsewhere then leaves the packages' layer cached
FROM ${BASE} AS requirements
WORKDIR /requirements
COPY constraints.txt ./
COPY pyproject.toml /project/
RUN python3 -c 'import tomllib; p = tomllib.load(open("/project/pyproject.toml", "rb"))["project"]; \
    open("service.txt", "w").write("\n".join(p["dependencies"])); \
    open("training.txt", "w").write("\n".join(p["optional-dependencies"]["train"]))' \
    && touch --date=@0 . ./* # the same content shall look the same to the cache of a build

# --- the packages, in an environment that both later images take over as it is
FROM ${BASE} AS packages
RUN python3 -m venv /opt/tenfold
COPY --from=requirements /requirements /requirements
# The secrets are the builder's own pip settings and certificates, where it needs any: they are never in a layer.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf --mount=type=secret,id=ca.pem,target=/etc/builder-ca.pem \
    /opt/tenfold/bin/pip install --no-cache-dir --requirement /requirements/service.txt --constraint /requirements/constraints.txt

# --- the code; MNIST's test pictures for the gallery are fetched and checked, or left out with a word in the build's log
FROM packages AS code
WORKDIR /build
COPY . .
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf --mount=type=secret,id=ca.pem,target=/etc/builder-ca.pem \
    /opt/tenfold/bin/pip install --no-cache-dir --no-deps --target /srv/tenfold . \
    && cp deploy/healthcheck.py /srv/tenfold/bin/healthcheck.py \
    && PYTHONPATH=/srv/tenfold /opt/tenfold/bin/python deploy/fetch_test_set.py /srv/tenfold/mnist

# --- the same without what serving never loads: pip, tests, converters, ONNX Runtime's second copy for C programs
# (its Python module has the library built in), and Pillow's AVIF decoder, a format that is refused anyway
FROM packages AS service-packages
# hadolint ignore=SC2086
RUN packages="$(/opt/tenfold/bin/python -c 'import site; print(site.getsitepackages()[0])')" \
    && /opt/tenfold/bin/pip uninstall --quiet --yes pip setuptools \
    && for unused in onnxruntime/transformers onnxruntime/tools onnxruntime/quantization onnxruntime/datasets \
        onnxruntime/capi/libonnxruntime.so.* numpy/f2py numpy/distutils PIL/_avif.*.so pillow.libs/libavif-*; \
    do rm -rf "$packages"/$unused; done \
    && find "$packages" -depth -type d -name tests -exec rm -r {} + \
    && find "$packages" -type f \( -name '*.a' -o -name '*.h' -o -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' \) -delete

FROM code AS service-code
RUN rm -r /srv/tenfold/training /srv/tenfold/bin/tenfold-train

FROM ${BASE} AS service
COPY --from=service-packages /opt/tenfold /opt/tenfold
COPY --from=service-code /srv/tenfold /srv/tenfold
# ONNX Runtime's official builds report to their maker at every start unless told not to.
# /dev/shm is what a container with a read-only root can write to without being given anything; only the counters of
# several workers are written there. HOME must exist for a user without an entry in /etc/passwd.
ENV PATH=/srv/tenfold/bin:/opt/tenfold/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONPATH=/srv/tenfold \
    PYTHONUNBUFFERED=1 \
    HOME=/srv/tenfold \
    TMPDIR=/dev/shm \
    ORT_DISABLE_TELEMETRY=1 \
    TENFOLD_HOST=0.0.0.0 \
    TENFOLD_DATA=/srv/tenfold/mnist
WORKDIR /srv/tenfold
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "/srv/tenfold/bin/healthcheck.py"]
ENTRYPOINT ["tenfold"]
CMD ["serve"]
# Last, because they change with every commit.
ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Tenfold" \
      org.opencontainers.image.description="Reads handwritten digits" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"

# --- torch with CUDA (several GB): `tenfold serve` chooses the GPU by itself, `tenfold-train` trains
FROM packages AS gpu-packages
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf --mount=type=secret,id=ca.pem,target=/etc/builder-ca.pem \
    /opt/tenfold/bin/pip install --no-cache-dir --requirement /requirements/training.txt --constraint /requirements/constraints.txt

FROM ${BASE} AS gpu
COPY --from=gpu-packages /opt/tenfold /opt/tenfold
COPY --from=code /srv/tenfold /srv/tenfold
# The NVIDIA variables are read by its container runtime. Training reads MNIST from, and downloads it to, the volume /work.
ENV PATH=/srv/tenfold/bin:/opt/tenfold/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONPATH=/srv/tenfold \
    PYTHONUNBUFFERED=1 \
    HOME=/work \
    XDG_CACHE_HOME=/work/cache \
    ORT_DISABLE_TELEMETRY=1 \
    TENFOLD_HOST=0.0.0.0 \
    TENFOLD_DATA=/srv/tenfold/mnist \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN install --directory --owner=10001 --group=10001 /work
VOLUME /work
WORKDIR /work
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "/srv/tenfold/bin/healthcheck.py"]
ENTRYPOINT []
CMD ["tenfold", "serve"]
ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Tenfold with CUDA" \
      org.opencontainers.image.description="Reads handwritten digits, and learns to" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"

# The last stage is what `docker build .` makes.
FROM service
