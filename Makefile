# Earshot. `make run` opens the window, `make test` checks everything; both set up what is
# missing first, say what they do, and cost seconds the second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data

# Debian's names: what the application needs, and what the tests need beside it.
RUN_PACKAGES := libportaudio2 libasound2-plugins libegl1 libgl1 libdbus-1-3 libfontconfig1 \
	libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 \
	libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 python3-venv
TEST_PACKAGES := pulseaudio pulseaudio-utils xvfb ffmpeg espeak-ng strace

.PHONY: run test check setup setup-dev model figures screenshots clean

run: setup
	$(BIN)/earshot

test: check
	$(BIN)/python -m pytest -q

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The application alone, without torch.
setup: $(VENV)/.application

# Everything: training, export, tests.
setup-dev: $(VENV)/.everything

$(VENV)/.application: pyproject.toml .ci/system-packages
	@bash .ci/system-packages $(RUN_PACKAGES)
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit( \
		"Earshot needs Python 3.11 to 3.13: make PYTHON=python3.12 run")'
	@test -x $(BIN)/python || { echo "Making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the application into $(VENV)"
	@$(BIN)/python -m pip install --quiet --editable '.[media]'
	@touch $@

$(VENV)/.everything: $(VENV)/.application
	@bash .ci/system-packages $(TEST_PACKAGES)
	@echo "Installing training and test tools into $(VENV) (some GB, a few minutes)"
	@$(BIN)/python -m pip install --quiet --editable '.[train,dev,captions,media]'
	@touch $@

# Train, choose, export and evaluate the shipped pack again, from the manifests in DATA.
# Goes on where it was cut off.
model: setup-dev
	$(BIN)/python -m export.reproduce --data $(DATA)

# The card's figures again; needs the lists of DATA and no network.
figures: setup-dev
	$(BIN)/python -m benchmarks.figures --data $(DATA)

screenshots: setup-dev
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf $(VENV) build dist *.egg-info
