# cvrlab. `make help` lists what can be made. `make run` gives the table and the figures, `make test` runs the tests;
# both install the packages that they need first.
#
#   make CC=clang CFLAGS=-O2     compiler and optimisation; the flags that the program needs are kept
#   make SANITIZE=1 test         with AddressSanitizer and UndefinedBehaviorSanitizer, in a build folder of its own
#   make BUILD=build/other       another build folder

# --- What is built, from what

PACKAGES         = gcc make pkg-config libgsl-dev libsqlite3-dev libyaml-dev zlib1g-dev libzstd-dev gnuplot-nox
TEST_PACKAGES    = libcmocka-dev sqlite3
LINT_PACKAGES    = clang-format clang-tidy cppcheck
CHECK_PACKAGES   = valgrind libc6-dbg
ARM_PACKAGES     = gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
PEER_PACKAGES    = python3-torch
BROWSER_PACKAGES = chromium fonts-dejavu-core
COVERAGE_PACKAGES = gcovr
CLUSTER_PACKAGES = slurmctld slurmd slurm-client munge parallel
SITE_PACKAGES = cmark-gfm
PAGE_PACKAGES = graphviz
DEB_PACKAGES  = debhelper dpkg-dev git

ifdef SANITIZE
BUILD  ?= build/sanitize
CFLAGS ?= -O1 -g -fno-omit-frame-pointer
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all
else
BUILD  ?= build/release
CFLAGS ?= -O3 -g
endif
ARCH ?=

# The flags that the program needs stand in variables of their own, which CFLAGS on the command line does not replace.
STANDARD  = -std=gnu2x
INCLUDES  = -I. -D_GNU_SOURCE
WARNINGS  = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
# clang, up to its version 18, warns of the members that a designated initializer leaves at 0, and knows no `#pragma GCC ivdep`.
WARNINGS += $(if $(findstring clang,$(COMPILER)),-Wno-missing-field-initializers -Wno-unknown-pragmas)
COMPILER := $(shell $(CC) --version 2>/dev/null)
LIBRARIES = gsl sqlite3 yaml-0.1 zlib libzstd
# sim/truth.h refuses to be included where this is defined: no estimator can see the truth.
BLIND     = -DCVRLAB_BLIND

SOURCES      = $(sort $(shell find sim estimators experiments results plots -name '*.c' -not -path '*/examples/*'))
# Kernels are compiled once for each instruction set that the program may choose when it starts (sim/base/kernel.h).
KERNELS      = $(filter %_kernel.c,$(SOURCES))
KERNEL_SETS  = plain $(if $(filter x86_64%,$(shell $(CC) -dumpmachine)),avx2 avx512)
FLAGS_avx2   = -march=x86-64-v3
FLAGS_avx512 = -march=x86-64-v4 -mprefer-vector-width=512
OBJECTS      = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(KERNELS),$(SOURCES))) \
               $(foreach set,$(KERNEL_SETS),$(KERNELS:%.c=$(BUILD)/%.$(set).o))
MAIN         = $(BUILD)/experiments/cli/main.o
# A program of the build: what it prints of the source is compiled into the program (experiments/identity).
IDENTITY     = $(BUILD)/experiments/identity/make_identity
STAMP        = $(BUILD)/experiments/identity/make_stamp
# The tests' helpers and reference programs, but for the one that takes the place of malloc().
TEST_LIBRARY = $(filter-out %/count_allocations.o,$(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/support/*.c tests/reference/*.c))))
TESTS        = $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/*/test_*.c)))
BENCH        = $(BUILD)/tests/bench/bench
FUZZERS      = $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
STORE_FUZZER = $(BUILD)/tests/fuzz/stores
# Of libFuzzer where tests/fuzz/fuzz.sh finds it; else a driver of ours.
FUZZ_ENGINE ?= $(BUILD)/tests/fuzz/driver.o

# $(call pkg_config,--cflags or --libs): asked once, when something is compiled.
define pkg_config
$(shell pkg-config $(1) $(LIBRARIES) 2>/dev/null)$(if $(filter-out 0,$(.SHELLSTATUS)),$(error Some of the libraries are missing ($(LIBRARIES)). `make run` installs them, on Debian and its kin: $(PACKAGES)))
endef
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(call pkg_config,--cflags))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(call pkg_config,--libs))$(PKG_LIBS)

# Numbers are the same in every bit on every machine: the compiler fuses no product into a sum, since not every processor could.
# It may leave alone what it does not change: errno and the flags of exceptions, which nothing here reads.
NUMBERS = -ffp-contract=off -fno-math-errno -fno-trapping-math

COMPILE = $(CC) $(INCLUDES) $(STANDARD) $(WARNINGS) $(ARCH) -pthread $(SANITIZERS) $(CPPFLAGS) $(CFLAGS) $(NUMBERS)
LINK    = $(CC) -pthread $(SANITIZERS) $(CFLAGS)

.DEFAULT_GOAL = all
.DELETE_ON_ERROR:
.SECONDARY:

NEEDED =
# Tests read files of the tree; the program finds its own beside itself.
$(BUILD)/tests/%.o: NEEDED += -DCVRLAB_ROOT='"$(CURDIR)"'
$(BUILD)/estimators/%.o: private NEEDED += $(BLIND)

$(BUILD)/estimators/plugin/%.o: private NEEDED += -I$(BUILD)/include

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(COMPILE) $(NEEDED) $(PKG_CFLAGS) -MMD -MP -c $< -o $@

define kernel_rule
$(BUILD)/%_kernel.$(1).o: %_kernel.c Makefile
	@mkdir -p $$(@D)
	$$(COMPILE) $$(NEEDED) $$(PKG_CFLAGS) $$(FLAGS_$(1)) -DKERNEL_SET=$(1) -MMD -MP -c $$< -o $$@
endef
$(foreach set,$(KERNEL_SETS),$(eval $(call kernel_rule,$(set))))

$(IDENTITY) $(STAMP): %: %.o $(BUILD)/experiments/identity/source_hash.o $(BUILD)/sim/base/sha256.o $(BUILD)/sim/base/status.o $(BUILD)/sim/base/text.o
	$(LINK) $^ -o $@ $(LDFLAGS)

# The commit, or nothing where this tree is not one of git, and whether a source is not as it was committed. A release has no git,
# and says what it was made of in a file.
COMMIT  = $(shell if [ -f RELEASE ]; then cat RELEASE; \
    elif [ "$$(git rev-parse --show-prefix 2>&1)" = "" ]; then git rev-parse --short=12 HEAD 2>/dev/null; fi)
CHANGED = $(if $(wildcard RELEASE),,$(if $(shell git status --porcelain -- Makefile '*.[ch]' '*.inc' 2>/dev/null | head -1),$(comma) changed))
comma   = ,
FLAGS   = $(strip $(STANDARD) $(ARCH) $(SANITIZERS) $(CPPFLAGS) $(CFLAGS))
quoted  = '$(subst ','\'',$(1))'
# Made with every make, and new only where something in it is: else nothing is compiled or linked again.
$(BUILD)/identity.inc: $(IDENTITY) FORCE
	@$(RUNNER) $(IDENTITY) $(call quoted,$(or $(COMMIT),unknown)$(CHANGED)) \
	    "$$($(CC) --version | head -1)" $(call quoted,$(FLAGS)) >$@.new
	@cmp -s $@.new $@ || cp $@.new $@
	@rm $@.new
$(BUILD)/experiments/identity/identity.o: $(BUILD)/identity.inc
$(BUILD)/experiments/identity/identity.o: NEEDED += -I$(BUILD)
.PHONY: FORCE
FORCE:

# --- What native estimators in libraries are compiled with (estimators/plugin)

# The headers, and the objects whose functions they declare. The program exports these functions as cvrlab_NAME, and
# cvrlab_names.h has the compiler call them so: under their own short names, such as mean, they would take the place of
# functions of any library that a plug-in brings.
FOLDERS  = estimators/nn estimators/core estimators/backbones estimators/shared
HEADERS  = sim/log.h sim/delay_stream.h sim/base/temporary_file.h sim/log_blocks.h sim/base/kernel.h sim/base/status.h sim/base/random.h sim/propensity/propensity.h $(wildcard $(FOLDERS:=/*.h))
EXPORTED = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(KERNELS),$(wildcard $(HEADERS:.h=.c) $(FOLDERS:=/*.c))))
NATIVE   = estimators/plugin/native_estimator.h estimators/plugin/cvrlab_estimator.h
MADE     = $(BUILD)/include/cvrlab_names.h $(BUILD)/include/cvrlab_stamp.h
NM      ?= nm
# What runs a program of $(BUILD): nothing, or an emulator where it is built for another processor (tests/arm.sh).
RUNNER  ?=

$(BUILD)/exported: $(EXPORTED)
	@$(NM) -g --defined-only $^ >$@.all
	@sed -n 's/.* [TDBR] \([A-Za-z][A-Za-z0-9_]*\)$$/\1/p' $@.all | LC_ALL=C sort -u >$@

# Arguments of the linker.
$(BUILD)/exports: $(BUILD)/exported
	@echo '{ cvrlab_*; };' >$@.list
	@{ echo '-Wl,--dynamic-list=$@.list'; sed 's/.*/-Wl,--defsym=cvrlab_&=&/' $<; } >$@

$(BUILD)/include/cvrlab_names.h: $(BUILD)/exported
	@mkdir -p $(@D)
	@{ echo '/* Made by the build: the names under which the program exports its functions. */'; echo '#pragma once'; echo; \
	    sed 's/.*/#pragma redefine_extname & cvrlab_&/' $<; } >$@

$(BUILD)/include/cvrlab_stamp.h: $(STAMP) $(HEADERS) $(NATIVE) experiments/identity/version.h
	@mkdir -p $(@D)
	@$(RUNNER) $(STAMP) $(VERSION) $(HEADERS) $(NATIVE) >$@

$(BUILD)/estimators/plugin/native.o: $(BUILD)/include/cvrlab_stamp.h

# Everything but main(), for programs and tests to take from what they need.
$(BUILD)/libcvrlab.a: $(filter-out $(MAIN) $(IDENTITY).o $(STAMP).o,$(OBJECTS))
$(BUILD)/libtest.a: $(TEST_LIBRARY)
# What draws and trains, which needs GSL alone.
$(BUILD)/libengine.a: $(filter $(BUILD)/sim/% $(BUILD)/estimators/%,$(OBJECTS))
$(BUILD)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/cvrlab: $(MAIN) $(EXPORTED) $(BUILD)/libcvrlab.a $(BUILD)/exports
	$(LINK) $(filter-out %/exports,$^) @$(BUILD)/exports -o $@ $(LDFLAGS) $(PKG_LIBS) -lm

$(BENCH): $(BENCH).o $(foreach set,$(KERNEL_SETS),$(BUILD)/tests/bench/peak_kernel.$(set).o) $(BUILD)/libcvrlab.a
	$(LINK) $^ -o $@ $(LDFLAGS) $(PKG_LIBS) -lm

# It opens native estimators, as the program does.
$(BUILD)/tests/plugin/%.o: NEEDED += -DCVRLAB_BUILD='"$(abspath $(BUILD))"'
$(BUILD)/tests/plugin/test_plugin: private LDFLAGS += @$(BUILD)/exports
$(BUILD)/tests/plugin/test_plugin: $(EXPORTED) $(BUILD)/exports $(BUILD)/include/cvrlab_names.h

$(TESTS): %: %.o $(BUILD)/libtest.a $(BUILD)/libcvrlab.a
	$(LINK) $(filter %.o,$^) $(filter %.a,$^) -o $@ $(LDFLAGS) $(PKG_LIBS) -lcmocka -lm

$(FUZZERS): %: %.o $(filter %.o,$(FUZZ_ENGINE)) $(BUILD)/libcvrlab.a
	$(LINK) $(filter-out %.o,$(FUZZ_ENGINE)) $^ -o $@ $(LDFLAGS) $(PKG_LIBS) -lm

$(STORE_FUZZER): $(STORE_FUZZER).o
	$(LINK) $^ -o $@ $(LDFLAGS) -lsqlite3

$(BUILD)/tests/estimators/test_train: $(BUILD)/tests/support/count_allocations.o

-include $(OBJECTS:.o=.d) $(TEST_LIBRARY:.o=.d) $(TESTS:=.d) $(BENCH).d $(FUZZERS:=.d)

# Recipes that build first do it by +$(PARALLEL): with as many jobs as make was given or, without -j, as there are processors.
PARALLEL = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

# --- Packages

# $(call need,CHECK,PACKAGES): goes on when the shell command CHECK succeeds; else installs the packages through apt. Says what
# to install where there is no apt, or no right to use it.
define need
@{ $(1); } >/dev/null 2>&1 && exit 0; \
if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then sudo=; \
elif command -v apt-get >/dev/null && command -v sudo >/dev/null; then sudo=sudo; \
else \
    echo "Please have these Debian packages, or their counterparts, installed, then run make again: $(2)" >&2; exit 1; \
fi; \
$$sudo apt-get update && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(2)
endef

CMOCKA = printf '\#include <%s.h>\n' setjmp stdarg stddef stdint cmocka | $(CC) -fsyntax-only -xc -

.PHONY: packages test-packages lint-packages check-packages arm-packages peer-packages browser-packages coverage-packages cluster-packages page-packages site-packages deb-packages
packages:
	$(call need,pkg-config --exists $(LIBRARIES) && command -v $(CC) && command -v gnuplot,$(PACKAGES))
test-packages: packages
	$(call need,$(CMOCKA) && command -v sqlite3,$(TEST_PACKAGES))
lint-packages: test-packages
	$(call need,command -v clang-format && command -v clang-tidy && command -v cppcheck,$(LINT_PACKAGES))
check-packages: test-packages # valgrind needs the C library's symbols
	$(call need,command -v valgrind && dpkg-query -W libc6-dbg,$(CHECK_PACKAGES))
cluster-packages: test-packages
	$(call need,command -v slurmctld && command -v slurmd && command -v sbatch && command -v munged && command -v parallel,$(CLUSTER_PACKAGES))
arm-packages: test-packages
	$(call need,command -v aarch64-linux-gnu-gcc && command -v qemu-aarch64,$(ARM_PACKAGES))
peer-packages: packages
	$(call need,/usr/bin/python3 -c "import torch",$(PEER_PACKAGES))
deb-packages: packages
	$(call need,command -v dh && command -v git,$(DEB_PACKAGES))
page-packages:
	$(call need,command -v dot,$(PAGE_PACKAGES))
site-packages:
	$(call need,command -v cmark-gfm,$(SITE_PACKAGES))
coverage-packages: test-packages
	$(call need,command -v gcovr,$(COVERAGE_PACKAGES))
browser-packages: test-packages
	$(call need,command -v chromium,$(BROWSER_PACKAGES))

# --- To use it

.PHONY: all run catalogue experiments papers delays plugin install uninstall dist deb clean help
all: $(BUILD)/cvrlab ## builds the program, and installs nothing

run: packages ## installs what is needed, builds, runs the default experiment; its table and its figures
	+@$(PARALLEL) $(BUILD)/cvrlab
	$(BUILD)/cvrlab run experiments/compare.yaml
	$(BUILD)/cvrlab table results/compare.db
	$(BUILD)/cvrlab plot results/compare.db

catalogue: packages ## most estimators in one kind of world: experiments/catalogue.yaml
	+@$(PARALLEL) $(BUILD)/cvrlab
	$(BUILD)/cvrlab run experiments/catalogue.yaml
	$(BUILD)/cvrlab table results/catalogue.db
	$(BUILD)/cvrlab plot results/catalogue.db

experiments: packages ## every shipped experiment, and the page of what they find; CVRLAB_DATA for those on real data
	+@$(PARALLEL) $(BUILD)/cvrlab
	@sh experiments/pages/shipped.sh $(BUILD)/cvrlab results

papers: packages ## what the papers claim, in the setting that each assumes, and the page of it
	+@$(PARALLEL) $(BUILD)/cvrlab
	@sh experiments/pages/papers.sh $(BUILD)/cvrlab results

delays: packages ## conversions that come late: every method of delayed feedback, and the page of it
	+@$(PARALLEL) $(BUILD)/cvrlab
	@sh experiments/pages/delays.sh $(BUILD)/cvrlab results

# Beside its source: `make plugin FILE=my.c` makes my.so. Either kind of plug-in; cvrlab_names.h and cvrlab_stamp.h are for native
# estimators. Functions of its own are hidden, so that none of ours can take their place.
PLUGIN_FLAGS = -Iestimators/plugin -I$(BUILD)/include $(BLIND) -fPIC -shared -fvisibility=hidden
plugin: $(MADE) ## FILE=my.c: a plug-in for this program, my.so (estimators/plugin/README.md)
	@$(if $(filter %.c,$(FILE)),,$(error expected FILE=NAME.c, got '$(FILE)'))
	$(COMPILE) $(PLUGIN_FLAGS) $(PKG_CFLAGS) $(FILE) -o $(FILE:.c=.so)

# Where things go. A package is installed below DESTDIR, and runs below PREFIX.
PREFIX  ?= /usr/local
VERSION := $(shell sed -n 's/.*CVRLAB_VERSION "\(.*\)"/\1/p' experiments/identity/version.h)
PLACE    = $(DESTDIR)$(PREFIX)
SHARE    = $(PLACE)/share
COMMANDS = $(shell sed -n 's/^    {"\([a-z]*\)", cmd_.*/\1/p' experiments/cli/main.c)
# What of the source the program reads when it runs.
DATA     = $(filter-out %.c %.h,$(wildcard plots/*.*)) $(wildcard experiments/*.yaml experiments/papers/*.yaml experiments/papers/*/*.yaml experiments/delays/*.yaml) $(shell find estimators/external -type f -not -path "*/__pycache__/*" -not -path "*/tests/*" -not -name "test*")

# What a plug-in is compiled with where cvrlab is installed. The folder is found from where the file is.
define PKG_CONFIG_FILE
prefix=$${pcfiledir}/../..
includedir=$${prefix}/include/cvrlab

Name: cvrlab
Description: plug-ins and native estimators of cvrlab
Version: $(VERSION)
Cflags: -I$${includedir} -std=gnu2x -D_GNU_SOURCE -fvisibility=hidden
endef
INCLUDED = $(PLACE)/include/cvrlab

install: $(BUILD)/cvrlab $(MADE) ## into PREFIX (/usr/local): the program, its files, headers, manual pages, completion; DESTDIR for packages
	install -d $(PLACE)/bin $(SHARE)/cvrlab $(SHARE)/man/man1 $(SHARE)/doc/cvrlab
	install -d $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions
	install -m 755 $(BUILD)/cvrlab $(PLACE)/bin/cvrlab
	@for file in $(DATA); do install -D -m 644 $$file $(SHARE)/cvrlab/$$file || exit 1; done
	install -d $(INCLUDED) $(SHARE)/pkgconfig
	@for file in $(HEADERS) estimators/plugin/native_estimator.h; do install -D -m 644 $$file $(INCLUDED)/$$file || exit 1; done
	install -m 644 estimators/plugin/cvrlab_plugin.h estimators/plugin/cvrlab_estimator.h $(MADE) $(INCLUDED)
	$(file >$(BUILD)/cvrlab.pc,$(PKG_CONFIG_FILE))
	install -m 644 $(BUILD)/cvrlab.pc $(SHARE)/pkgconfig/cvrlab.pc
	install -m 644 README.md CHANGELOG.md CITATION.cff LICENSE $(SHARE)/doc/cvrlab
	@for command in $(COMMANDS); do $(BUILD)/cvrlab help --man $$command >$(SHARE)/man/man1/cvrlab-$$command.1 || exit 1; done
	$(BUILD)/cvrlab help --man >$(SHARE)/man/man1/cvrlab.1
	$(BUILD)/cvrlab help --completion bash >$(SHARE)/bash-completion/completions/cvrlab
	$(BUILD)/cvrlab help --completion zsh >$(SHARE)/zsh/site-functions/_cvrlab

uninstall: ## removes what `make install` has put there
	rm -rf $(SHARE)/cvrlab $(SHARE)/doc/cvrlab
	rm -rf $(INCLUDED)
	rm -f $(SHARE)/pkgconfig/cvrlab.pc
	rm -f $(PLACE)/bin/cvrlab $(SHARE)/man/man1/cvrlab.1 $(SHARE)/man/man1/cvrlab-*.1
	rm -f $(SHARE)/bash-completion/completions/cvrlab $(SHARE)/zsh/site-functions/_cvrlab

# Of what is committed; it builds and tests without git.
dist: ## a release, build/cvrlab-VERSION.tar.gz
	@mkdir -p build
	rm -rf build/cvrlab-$(VERSION)
	git archive --prefix=cvrlab-$(VERSION)/ HEAD | tar -x -C build
	@echo '$(COMMIT)' >build/cvrlab-$(VERSION)/RELEASE
	tar -C build --owner=0 --group=0 --sort=name --mtime=@$$(git log -1 --format=%ct) -czf build/cvrlab-$(VERSION).tar.gz cvrlab-$(VERSION)
	@rm -rf build/cvrlab-$(VERSION)

# For the release of Debian that it is made on, since the names of libraries differ between releases.
deb: deb-packages dist ## a Debian package of it, build/cvrlab_VERSION_ARCH.deb
	@rm -rf build/deb && mkdir -p build/deb
	tar -C build/deb -xzf build/cvrlab-$(VERSION).tar.gz
	cp -r packaging/debian build/deb/cvrlab-$(VERSION)/debian
	cd build/deb/cvrlab-$(VERSION) && dpkg-buildpackage --build=binary --no-sign
	mv build/deb/cvrlab_$(VERSION)*.deb build/
	@ls build/cvrlab_$(VERSION)*.deb

clean: ## removes what was built
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "make %-13s %s\n", $$1, $$2 }'

# --- To work on it

.PHONY: test test-browser test-cluster fuzz matrix bits exhaustive coverage audit-coverage test-long memcheck do-memcheck lint bench bench-compare storm
test: test-packages ## every test program, then the sums of what they report; CVRLAB_DATA to test on real data too
	+@$(PARALLEL) $(BUILD)/cvrlab $(TESTS)
	@CVRLAB=$(BUILD)/cvrlab sh tests/run.sh $(TESTS)

test-browser: browser-packages ## a report's page in a browser, which `make test` does without where there is none
	+@$(PARALLEL) $(BUILD)/cvrlab $(BUILD)/tests/program/test_browser
	@CVRLAB=$(BUILD)/cvrlab sh tests/run.sh $(BUILD)/tests/program/test_browser

test-cluster: cluster-packages ## shards on a real Slurm of three nodes on this machine, one of which is killed, and by GNU parallel
	+@$(PARALLEL) $(BUILD)/cvrlab
	@sh tests/cluster.sh $(BUILD)/cvrlab

fuzz: test-packages ## damaged specs, logs, options and stores under AddressSanitizer; FUZZ_STORES=5000 and so on for more
	+@MAKE="$(PARALLEL)" sh tests/fuzz/fuzz.sh

matrix: test-packages ## every test with each compiler that is there, without a warning
	+@for compiler in gcc clang; do \
	    if command -v $$compiler >/dev/null; then \
	        $(PARALLEL) CC=$$compiler CFLAGS="-O2 -g -Werror" BUILD=build/matrix-$$compiler test || exit 1; \
	    fi; \
	done

bits: test-packages ## the same numbers, to the last bit, with each compiler, optimisation and processor
	+@mkdir -p build && MAKE="$(PARALLEL)" sh tests/bits.sh

test-arm: arm-packages ## the recorded bits of kernels, trainings, worlds and a store on arm64, by a cross compiler and qemu
	+@MAKE="$(PARALLEL)" sh tests/arm.sh

storm: test-packages ## a hundred kills of two and of three processes that share a store
	+@$(PARALLEL) $(BUILD)/cvrlab $(BUILD)/tests/program/test_two_processes
	CVRLAB=$(BUILD)/cvrlab CVRLAB_STORM=100 $(BUILD)/tests/program/test_two_processes

AUDIT_COUNT = $(BUILD)/audit-coverage.txt
audit-coverage: test-packages ## how often intervals and bounds of audits hold the truth of 400 simulated logs, into docs/AUDIT.md
	+@$(PARALLEL) $(BUILD)/tests/audit/test_audit_worlds
	CVRLAB_AUDIT_LOGS=200 $(BUILD)/tests/audit/test_audit_worlds >$(AUDIT_COUNT) || { cat $(AUDIT_COUNT); exit 1; }
	@{ sed -n '/intervals: begin/{n;p;n;p}' docs/AUDIT.md; grep '^|.* of .*|$$' $(AUDIT_COUNT); } | sh experiments/pages/splice.sh docs/AUDIT.md intervals
	@{ sed -n '/missed: begin/{n;p;n;p}' docs/AUDIT.md; grep '^|' $(AUDIT_COUNT) | grep -v ' of '; } | sh experiments/pages/splice.sh docs/AUDIT.md missed

# Of the program's own source. A share below the floor is a failure: new code comes with its test. Tests that fill a disk or forbid
# writing fail here, since what counts the lines writes files as well: `make test` is what judges them.
coverage: coverage-packages ## what share of the lines the tests run; build/coverage/index.html shows which
	-+@$(PARALLEL) BUILD=build/coverage CFLAGS="-O2 -g --coverage -fprofile-update=atomic" test
	@gcovr --root . --filter sim/ --filter estimators/ --filter experiments/ --filter results/ --filter plots/ \
	    --exclude-unreachable-branches --fail-under-line 90 --html-details build/coverage/index.html --print-summary build/coverage

exhaustive: test-packages ## the error of each elementary function at all 2^32 floats
	+@$(PARALLEL) $(BUILD)/tests/base/test_real
	CVRLAB_EXHAUSTIVE=1 $(BUILD)/tests/base/test_real

test-long: fuzz matrix bits test-arm test-cluster coverage audit-coverage storm ## what takes longer than `make test`

# Samples shrink, and cases that still take it too long say so: slow_under_valgrind() in tests/support.
memcheck: check-packages ## memory errors and leaks, by valgrind
	+@$(PARALLEL) BUILD=build/memcheck CPPFLAGS="$(CPPFLAGS) -DCVRLAB_MEMCHECK" do-memcheck
do-memcheck: $(TESTS)
	@CVRLAB_WRAPPER="valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect \
	    --error-exitcode=9" sh tests/run.sh $(TESTS)

lint: lint-packages $(BUILD)/identity.inc $(BUILD)/include/cvrlab_stamp.h ## format, static analysis, and the rules of the source tree
	@sh tests/check_tree.sh
	@clang-format --dry-run --Werror $(wildcard $(SOURCES) $(SOURCES:.c=.h) estimators/plugin/*.h estimators/plugin/examples/*.c tests/*/*.[ch])
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --suppress=missingIncludeSystem \
	    --error-exitcode=1 -I. $(SOURCES)
	@printf '%s\n' $(SOURCES) | xargs -n1 -P$$(nproc) sh -c 'clang-tidy --quiet "$$0" -- \
	    $(STANDARD) $(INCLUDES) -I$(BUILD) -I$(BUILD)/include $(PKG_CFLAGS) 2>/dev/null'

bench: peer-packages ## speed, beside PyTorch's
	+@$(PARALLEL) $(BUILD)/cvrlab $(BENCH)
	@BUILD=$(BUILD) sh tests/bench/bench.sh

bench-compare: bench ## speed beside that of an earlier `make bench`, whose bench.json is OLD
	@sh tests/bench/compare.sh $(OLD) $(BUILD)/bench.json

# --- Pages that a program can write in part: tables, pictures, listings

.PHONY: readme docs site estimators/README.md experiments/spec/README.md
readme: packages ## the parts of README.md that runs say
	+@$(PARALLEL) $(BUILD)/cvrlab
	@sh experiments/pages/front.sh $(BUILD)/cvrlab results
	@$(MAKE) --no-print-directory estimators/README.md experiments/spec/README.md

docs: packages ## the pages of docs/ that runs say; CVRLAB_DATA for what is said of real data
	+@$(PARALLEL) $(BUILD)/cvrlab
	@sh experiments/pages/docs.sh $(BUILD)/cvrlab results

site: site-packages ## all pages as one site in build/site, which opens from disk
	@sh experiments/pages/site.sh build/site

estimators/README.md: $(BUILD)/cvrlab page-packages
	@{ echo '```c'; cat tests/guide/tempered_ips.c; echo '```'; } | sh experiments/pages/splice.sh $@ example
	@$(BUILD)/cvrlab list estimators --format markdown | sh experiments/pages/splice.sh $@ catalogue
	@$(BUILD)/cvrlab list estimators --format dot | dot -Tsvg -o plots/example/estimators.svg

experiments/spec/README.md: $(BUILD)/cvrlab
	@$(BUILD)/cvrlab list keys --format markdown | sh experiments/pages/splice.sh $@ keys
