# Shipping: the container image, the documentation site, and what is known about the dependencies.

IMAGE ?= tenfold
SUPPLY := .cache/supply
SERVED := .cache/served

.PHONY: docs docs-serve model-card image image-gpu image-check audit sbom licences

docs: .venv/.development
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir site

docs-serve: .venv/.development
	$(BIN)/mkdocs serve

# The figures of docs/model-card.md, from the shipped checkpoint.
model-card: .venv/.development
	$(BIN)/python -m scripts.model_card

image:
	IMAGE=$(IMAGE) scripts/image.sh service

image-gpu:
	IMAGE=$(IMAGE) scripts/image.sh gpu

image-check: image .venv/.development
	$(BIN)/python -m scripts.image_check $(IMAGE)

# The tools look at an environment that holds what is served and nothing else.
$(SUPPLY)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(SUPPLY) && $(PYTHON) -m venv $(SERVED)
	$(SUPPLY)/bin/pip install --quiet --disable-pip-version-check pip-audit pip-licenses cyclonedx-bom
	$(SERVED)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt .
	touch $@

audit: $(SUPPLY)/.ready
	$(SUPPLY)/bin/python -m scripts.audit $(SUPPLY)/bin/pip-audit

sbom: $(SUPPLY)/.ready
	mkdir -p dist
	$(SUPPLY)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file dist/sbom.json $(SERVED)/bin/python
	@echo "dist/sbom.json lists what the service is made of, as CycloneDX."

licences: $(SUPPLY)/.ready
	mkdir -p dist
	$(SUPPLY)/bin/pip-licenses --python $(SERVED)/bin/python --format markdown --with-urls --ignore-packages tenfold --output-file dist/licences.md
	(printf '# Licences\n\nThe libraries that the service is made of; written by `make licences`.\n\n'; cat dist/licences.md) > docs/licences.md
	@echo "docs/licences.md lists the licences of what the service is made of."
