# cvrlab: `make run` gives the table and the figures, `make test` the tests; both install what they need first.
# SANITIZE=1 builds with AddressSanitizer and UndefinedBehaviorSanitizer, in a folder of its own.

PACKAGES      = gcc make pkg-config libgsl-dev libsqlite3-dev libopenblas-dev libyaml-dev gnuplot-nox
TEST_PACKAGES = libcmocka-dev sqlite3
LINT_PACKAGES = clang-format clang-tidy cppcheck
# valgrind needs the C library's symbols
CHECK_PACKAGES = valgrind libc6-dbg
PEER_PACKAGES  = python3-torch
BROWSER_PACKAGES = chromium fonts-dejavu-core

ARCH   ?= -march=native
CSTD    = -std=gnu2x
WARN    = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
CPPFLAGS += -I. -D_GNU_SOURCE -DCVRLAB_ROOT='"$(CURDIR)"'
LIBRARIES = gsl sqlite3 openblas yaml-0.1
ifdef SANITIZE
BUILD  ?= build/sanitize
CFLAGS ?= -O1 -g -fno-omit-frame-pointer
CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all
else
BUILD  ?= build/release
CFLAGS ?= -O3 -g
endif
CFLAGS += $(CSTD) $(WARN) $(ARCH) -pthread

SOURCES  = $(sort $(shell find sim estimators experiments results plots -name '*.c'))
OBJECTS  = $(SOURCES:%.c=$(BUILD)/%.o)
MAIN     = $(BUILD)/experiments/cli/main.o
LIBRARY  = $(filter-out $(MAIN),$(OBJECTS))
TESTS    = $(patsubst tests/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/*/test_*.c)))

# Left out of memcheck: what draws, trains or differentiates for long, what runs the program, what asks for impossible memory, and
# what needs a long double of more than 64 bits.
UNCHECKED = limits confounding unbiased world generator quadrature random learning losses plot \
            end_to_end bad_input bad_store cli log extremes pip risk risk_run activity mose tune rating_matrix show compare report browser \
            data own_log reader_fuzz esm2 backbones behaviour
CHECKED   = $(filter-out $(foreach t,$(UNCHECKED),%/test_$(t)),$(TESTS))

# Elementwise kernels run on the C library's vector math, which gcc uses under -ffast-math only. Nothing in these files
# tests for NaN: that is done where losses are read, which is compiled without it.
FAST     = $(filter %_kernel.o,$(OBJECTS))

PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(LIBRARIES)))$(PKG_CFLAGS)
# GSL asks for some CBLAS: OpenBLAS is the one, not GSL's own slow one.
PKG_LIBS   = $(eval PKG_LIBS := $$(filter-out -lgslcblas,$$(shell pkg-config --libs $(LIBRARIES))))$(PKG_LIBS)

.PHONY: all run test readme catalogue experiments papers bench lint memcheck do-memcheck test-browser packages test-packages lint-packages check-packages peer-packages browser-packages clean
.SECONDARY:
all: $(BUILD)/cvrlab

$(FAST): CFLAGS += -ffast-math
# No estimator can see truth: sim/truth.h refuses to be included with this.
$(BUILD)/estimators/%.o: CPPFLAGS += -DCVRLAB_BLIND

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/cvrlab: $(OBJECTS)
	$(CC) $(CFLAGS) $^ -o $@ $(LDFLAGS) $(PKG_LIBS) -lm

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(LIBRARY)
	$(CC) $(CFLAGS) $^ -o $@ $(LDFLAGS) $(PKG_LIBS) -lcmocka -lm

-include $(OBJECTS:.o=.d) $(TESTS:=.d)

# $(call need,CHECK,PACKAGES): goes on when the shell command CHECK succeeds; else installs the packages through apt, and
# on a system without apt says what to install.
define need
@{ $(1); } >/dev/null 2>&1 && exit 0; \
if ! command -v apt-get >/dev/null; then \
    echo "Please install the counterparts of these Debian packages, then run make again: $(2)" >&2; exit 1; \
fi; \
[ "$$(id -u)" = 0 ] && sudo= || sudo=sudo; \
$$sudo apt-get update && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(2)
endef

packages:
	$(call need,pkg-config --exists $(LIBRARIES) && command -v gcc gnuplot,$(PACKAGES))
test-packages: packages
	$(call need,echo '#include <setjmp.h>\n#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <cmocka.h>' | gcc -fsyntax-only -xc - && command -v sqlite3,$(TEST_PACKAGES))
lint-packages: test-packages
	$(call need,command -v clang-format && command -v clang-tidy && command -v cppcheck,$(LINT_PACKAGES))
check-packages: test-packages
	$(call need,command -v valgrind && dpkg-query -W libc6-dbg,$(CHECK_PACKAGES))
peer-packages: packages
	$(call need,/usr/bin/python3 -c "import torch",$(PEER_PACKAGES))

browser-packages: test-packages
	$(call need,command -v chromium,$(BROWSER_PACKAGES))

run: packages
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/cvrlab
	$(BUILD)/cvrlab run experiments/compare.yaml
	$(BUILD)/cvrlab table results/compare.db
	$(BUILD)/cvrlab plot results/compare.db

# Every test program, then the sums of what they report. Set CVRLAB_DATA to test on real data too.
test: test-packages
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/cvrlab $(TESTS)
	@CVRLAB=$(BUILD)/cvrlab sh tests/run.sh $(TESTS)

# The page of a report in a browser, which `make test` does without where there is none.
test-browser: browser-packages
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/cvrlab $(BUILD)/tests/program/test_browser
	@CVRLAB=$(BUILD)/cvrlab sh tests/run.sh $(BUILD)/tests/program/test_browser

# Memory errors and leaks by valgrind, which knows no AVX-512.
memcheck: check-packages
	@$(MAKE) --no-print-directory BUILD=build/memcheck ARCH=-march=x86-64-v3 do-memcheck
do-memcheck: $(CHECKED)
	@OPENBLAS_CORETYPE=Haswell CVRLAB_WRAPPER="valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect \
	    --error-exitcode=9" sh tests/run.sh $(CHECKED)

lint: lint-packages
	@clang-format --dry-run --Werror $(wildcard $(SOURCES) $(SOURCES:.c=.h) tests/*/*.[ch])
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --suppress=missingIncludeSystem \
	    --error-exitcode=1 -I. $(SOURCES)
	@printf '%s\n' $(SOURCES) | xargs -n1 -P$$(nproc) sh -c 'clang-tidy --quiet "$$0" -- $(CSTD) -I. -D_GNU_SOURCE $(PKG_CFLAGS) 2>/dev/null' 

# The parts of the README that a program can write: its table, picture and listing.
readme: run
	@mkdir -p plots/example
	$(BUILD)/cvrlab plot results/compare.db -o plots/example -f svg --figure bias_variance
	@$(BUILD)/cvrlab table results/compare.db --format markdown | sh experiments/pages/splice.sh README.md table
	@{ echo '```c'; cat estimators/ips.c; echo '```'; } | sh experiments/pages/splice.sh README.md ips
	@$(MAKE) --no-print-directory estimators/README.md

.PHONY: estimators/README.md
estimators/README.md: $(BUILD)/cvrlab
	@{ echo '```c'; cat tests/guide/tempered_ips.c; echo '```'; } | sh experiments/pages/splice.sh $@ example
	@$(BUILD)/cvrlab list estimators --format markdown | sh experiments/pages/splice.sh $@ catalogue

# Every estimator on one world.
catalogue: packages
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/cvrlab
	$(BUILD)/cvrlab run experiments/catalogue.yaml
	$(BUILD)/cvrlab table results/catalogue.db
	$(BUILD)/cvrlab plot results/catalogue.db

# Every shipped experiment, and the page of what they find. Set CVRLAB_DATA for those on real data.
experiments: packages
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/cvrlab
	@sh experiments/pages/shipped.sh $(BUILD)/cvrlab results

# What the papers claim, in the setting that each assumes, and the page of it. Set CVRLAB_DATA for public data.
papers: packages
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/cvrlab
	@sh experiments/pages/papers.sh $(BUILD)/cvrlab results

bench: peer-packages
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/cvrlab $(BUILD)/tests/bench/bench
	@BUILD=$(BUILD) sh tests/bench/bench.sh

clean:
	rm -rf build
