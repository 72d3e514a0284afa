# The commands of this project. `make` alone lists them.
#
# `make demo` and `make test` install what is missing first (scripts/setup.sh, apt as root or with sudo).

CARGO ?= cargo
# Real MicroPython, by path. MP: a binary of the unix port for `make stock`, a checkout elsewhere. PEER: a binary.
MP ?=
PEER ?=
# A hostile build for `make conformance`: gc-stress, checked, no-cache, dispatch-loop, dispatch-tail; or small, as for microcontrollers.
BUILD ?=
# The commit that `make semver` compares with.
BASE ?=
# micropython-lib, for `make manifests`.
LIB ?=
# The oldest Rust that the crates promise: Cargo.toml says it.
MSRV := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

ROMFS := target/release/romfs
# Crates that run on a microcontroller, and the targets that they must compile for.
DEVICE_CRATES := -p romfs-runtime -p mpy-format -p romfs-vm
# What other projects can depend on.
LIBRARIES := -p mpy-format -p romfs-runtime -p romfs-vm -p flash-sim -p romfs-board -p romfs-builder
# Applications that need no board of their own.
APPS := $(addprefix images/,protocol-parser/src sensor-logger/src state-machine/src)
DEVICE_TARGETS := thumbv6m-none-eabi thumbv7m-none-eabi riscv32imac-unknown-none-elf

# Firmwares and what they are compiled for.
BOARDS := qemu-cortex-m3:thumbv7m-none-eabi qemu-microbit:thumbv6m-none-eabi qemu-riscv32:riscv32imac-unknown-none-elf

.DEFAULT_GOAL := help
.PHONY: help demo boards size-boards test test-all lint fmt docs no-std msrv features licences deny semver package manifests stock expected delta-sizes bench counts conformance hostile-scripts board-scripts board-counts race release setup-test size

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

release: ## Build the romfs command, optimised
	@scripts/setup.sh build
	$(CARGO) build --release -p romfs-builder

demo: ## Build the applications' images (installs what is missing)
	@scripts/setup.sh build python
	$(CARGO) build --release -p romfs-builder
	@scripts/demo.sh

test: setup-test lint licences no-std docs ## Every check of a change (installs what is missing)
	ROMFS_REQUIRE_TOOLS=1 $(CARGO) test --workspace
	$(CARGO) bench -p romfs-builder --bench kernels -- --check
	$(CARGO) test -p romfs-vm --no-default-features --test left_out
	$(CARGO) test -p romfs-vm --no-default-features --features messages --test left_out

test-all: test ## Also what takes long: every power cut, the map in a browser, the oldest Rust
	@scripts/setup.sh browser msrv
	$(MAKE) msrv features deny
	ROMFS_REQUIRE_BROWSER=1 $(CARGO) test -p romfs-builder --test map_page -- --nocapture
	ROMFS_CUTS=all $(CARGO) test -p romfs-tests --test update_cuts -- --nocapture
	ROMFS_KILLS=200 $(CARGO) test -p romfs-tests --test board_programs -- --nocapture killing

setup-test:
	@scripts/setup.sh build python node cross qemu bench clients

boards: ## Build the firmwares of the emulated boards (installs what is missing)
	@scripts/setup.sh build cross qemu
	@set -e; for board in $(BOARDS); do \
		echo "boards/$${board%:*} for $${board#*:}"; \
		(cd boards/$${board%:*} && CARGO_TARGET_DIR=$(CURDIR)/target/boards ../../scripts/cross.sh --small $${board#*:} build --release -q); \
	done

size-boards: boards ## Text, rodata, RAM, stack and heap of each board, and of each application on it
	@scripts/setup.sh python
	$(CARGO) build --release -q -p romfs-builder
	@PATH="$(CURDIR)/.venv/bin:$$PATH" python3 scripts/size_boards.py $(ROMFS)

lint: ## Formatting and clippy, warnings denied
	@scripts/setup.sh build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	@# The fuzz targets are workspaces of their own, and are built by hand. Checking them needs no libFuzzer.
	for fuzz in tests/fuzz tests/fuzz/vm; do \
	    CUSTOM_LIBFUZZER_PATH=lib/libfuzzer.a $(CARGO) check -q --manifest-path $$fuzz/Cargo.toml --target-dir target || exit 1; \
	done

fmt: ## Format the sources
	$(CARGO) fmt --all

docs: ## The crates' documentation, warnings denied
	@scripts/setup.sh build
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps

no-std: ## Check that the device crates compile for microcontrollers, without libclang
	@scripts/setup.sh cross
	@set -e; for target in $(DEVICE_TARGETS); do \
		echo "scripts/cross.sh $$target check $(DEVICE_CRATES)"; \
		LIBCLANG_PATH=/nonexistent scripts/cross.sh $$target check $(DEVICE_CRATES); \
		LIBCLANG_PATH=/nonexistent scripts/cross.sh $$target check -p romfs-runtime --features smp; \
	done
	@set -e; for crate in template:thumbv7em-none-eabi template:riscv32imac-unknown-none-elf embassy:thumbv7em-none-eabi; do \
		echo "boards/$${crate%:*} for $${crate#*:}"; \
		(cd boards/$${crate%:*} && CARGO_TARGET_DIR=$(CURDIR)/target/boards ../../scripts/cross.sh $${crate#*:} build --release -q); \
	done

msrv: ## Check that the oldest Rust that the crates promise compiles them, with and without features
	@scripts/setup.sh build msrv
	CARGO_TARGET_DIR=target/msrv cargo +$(MSRV) check --workspace --locked
	CARGO_TARGET_DIR=target/msrv cargo +$(MSRV) check --locked -p romfs-builder --no-default-features

features: ## Check that each library compiles without features, with each of them alone, and with all
	@scripts/setup.sh build
	python3 tests/tools/features.py

licences: ## Check the licences of all dependencies against deny.toml
	@scripts/setup.sh build python
	@.venv/bin/python tests/tools/licences.py > /dev/null

deny: ## Licences, sources and duplicates of all dependencies by cargo-deny (builds it first)
	@scripts/setup.sh build deny
	PATH="$(CURDIR)/.cache/deny/bin:$$PATH" $(CARGO) deny check licenses bans sources

semver: ## Compare the libraries' interfaces, default and all features, with those of a commit (BASE=commit) by cargo-semver-checks (builds it first)
	@test -n "$(BASE)" || { echo "make semver BASE=COMMIT: name what to compare with" >&2; exit 2; }
	@scripts/setup.sh build semver
	PATH="$(CURDIR)/.cache/semver/bin:$$PATH" $(CARGO) semver-checks --baseline-rev "$(BASE)" $(LIBRARIES) --default-features
	PATH="$(CURDIR)/.cache/semver/bin:$$PATH" $(CARGO) semver-checks --baseline-rev "$(BASE)" $(LIBRARIES) --all-features

package: ## Pack each crate as for a registry, and build it from its package: `cargo publish --dry-run`
	@scripts/setup.sh build
	$(CARGO) publish --dry-run --workspace --exclude romfs-tests

manifests: release ## Compare manifests of micropython-lib with makemanifest (MP=checkout LIB=checkout of micropython-lib)
	@test -d "$(MP)/tools" -a -d "$(LIB)/python-stdlib" || { echo "make manifests MP=CHECKOUT LIB=CHECKOUT" >&2; exit 2; }
	python3 tests/tools/manifests.py $(ROMFS) "$(MP)" "$(LIB)"

stock: release ## Mount default images on a stock MicroPython binary: make stock MP=PATH
	@test -n "$(MP)" || { echo "say which: make stock MP=PATH of a MicroPython unix binary, 1.25 or later" >&2; exit 2; }
	@scripts/setup.sh python
	PATH="$(CURDIR)/.venv/bin:$$PATH" python3 tests/oracle/stock.py $(MP) $(ROMFS) $(APPS)

expected: ## Write again what the scripts and applications must print, by the MicroPython oracle
	@scripts/setup.sh node
	node tests/oracle/run.mjs --write tests/scripts/*/*.py
	@set -e; for app in $(APPS); do \
		echo "node tests/oracle/run.mjs --tree $$app"; \
		node tests/oracle/run.mjs --tree $$app > $$app/../expected.txt; \
	done

delta-sizes: release ## How large the deltas of small edits are, beside detools and bsdiff
	@scripts/setup.sh python deltas
	PATH="$(CURDIR)/.venv/bin:$$PATH" .cache/deltas/bin/python tests/benches/delta_sizes.py $(ROMFS)

bench: ## Run the benchmarks
	@scripts/setup.sh build python bench
	$(CARGO) bench --workspace

counts: ## Record the instructions of the kernels of tests/benches anew, which make test holds the VM against
	@scripts/setup.sh build python bench
	$(CARGO) bench -p romfs-builder --bench kernels -- --write

size: ## How large the VM is on microcontrollers, by sets of modules (SIZE=modules, SIZE=rooms, SIZE=stable: more)
	@scripts/setup.sh cross
	@scripts/size.sh $(SIZE)

conformance: ## Run MicroPython's own test scripts in the VM (MP=checkout, BUILD=small, or a feature of romfs-vm for a hostile one)
	@scripts/setup.sh python
	@test -d "$(MP)/tests" || { echo "make conformance MP=PATH: name a MicroPython checkout" >&2; exit 2; }
	$(if $(filter small,$(BUILD)),CARGO_PROFILE_RELEASE_OPT_LEVEL=z )$(CARGO) build --release -p romfs-builder $(if $(BUILD),$(if $(filter-out small,$(BUILD)),--features romfs-vm/$(BUILD)) --target-dir target/$(BUILD))
	.venv/bin/python tests/tools/conformance.py $(if $(BUILD),--romfs target/$(BUILD)/release/romfs) "$(MP)"

hostile-scripts: ## Run MicroPython's own test scripts with failing allocations and on a small native stack (MP=checkout): the VM outlives them
	@scripts/setup.sh python
	@test -d "$(MP)/tests" || { echo "make hostile-scripts MP=PATH: name a MicroPython checkout" >&2; exit 2; }
	$(CARGO) build --release -q -p romfs-builder
	.venv/bin/python tests/tools/hostile_scripts.py small-stack "$(MP)"
	.venv/bin/python tests/tools/hostile_scripts.py countdown "$(MP)"

board-scripts: boards ## Run MicroPython's test scripts on Cortex-M3 and RISC-V (MP=checkout, BOARD=one of them, WHAT=patterns)
	@scripts/setup.sh python
	@test -d "$(MP)/tests" || { echo "make board-scripts MP=PATH: name a MicroPython checkout" >&2; exit 2; }
	$(CARGO) build --release -q -p romfs-builder
	python3 tests/tools/board_scripts.py $(if $(BOARD),--board $(BOARD)) "$(MP)" $(WHAT)

board-counts: ## Instructions of the kernels of tests/benches on Cortex-M3 and RISC-V, with the loop and with tail calls (OPT=level)
	@scripts/setup.sh build python cross qemu
	$(CARGO) build --release -q -p romfs-builder
	@PATH="$(CURDIR)/.venv/bin:$$PATH" python3 tests/tools/board_counts.py $(if $(OPT),--opt $(OPT))

race: release ## Race the VM against a MicroPython binary on perf_bench (MP=checkout PEER=binary)
	@scripts/setup.sh python
	@test -d "$(MP)/tests" -a -x "$(PEER)" || { echo "make race MP=CHECKOUT PEER=BINARY" >&2; exit 2; }
	.venv/bin/python tests/tools/race.py "$(MP)" "$(PEER)"
