# Meguri from this checkout, with the locked dependencies. compose.yaml says with what it is started.
FROM python:3.11-slim-bookworm AS build
WORKDIR /source
RUN python -m venv /meguri
ENV PATH=/meguri/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements-build.lock requirements.lock ./
RUN pip install --require-hashes -r requirements-build.lock \
    && pip install --require-hashes --no-build-isolation -r requirements.lock
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY src src
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
COPY --from=build /meguri /meguri
RUN useradd --system --home-dir /var/lib/meguri --create-home meguri
USER meguri
ENV PATH=/meguri/bin:$PATH MEGURI_MODE=production MEGURI_HOME=/var/lib/meguri
VOLUME /var/lib/meguri
EXPOSE 8000
CMD ["sh", "-c", "meguri setup && exec meguri serve --host 0.0.0.0 --port 8000 --workers 2"]
