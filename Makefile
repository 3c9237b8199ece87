# SPDX-License-Identifier: GPL-2.0
#
# make demo          set up, boot a stock kernel in QEMU, and show shared GPUs live
#                    DEMO_SECONDS=20: how long each of its three parts takes
# make check         set up, then all tests; scripts/check.sh --help for some of them
# make bench         how fair each scheduler is, on a simulated GPU; Documentation/fairness.rst
#                    RUNS=2: twice, with the spread between the two runs
# make bench-doc     puts the table of the last make bench into that page
# make soak          ten minutes of Mesa and simgpu at once: no leak, no warning, a ledger that closes
#                    SOAK_SECONDS=60: as long as that
# make soak-day      headgated with all it can do for 24 simulated hours: its memory is flat
# make soak-contention
#                    six simulated hours of work that changes, without a fault: no brownout
#                    SOAK_DAY_SECONDS=, SOAK_CONTENTION_SECONDS=: as long as that
# make bpftool-doc   puts what bpftool prints now into Documentation/bpftool.rst
# make setup         install packages, unpack the kernels of the tests, build their guest
# make lint          style and static checks alone
# make sim           the queue with up to 10,000 agents: shares, and what a pick costs
# make               build everything, the modules for each kernel of the tests
# make SERIES=7.3    for one of these kernels alone: 6.12, 7.3
# make clean         take away what was built, but not the kernels of the tests
#
# make SERIES=host modules userspace; make SERIES=host install
#                    for the running kernel of a real host; see README.md
# make SERIES=host uninstall
#                    takes away what install put there, and nothing else
#   KDIR=            headers of another kernel than the running one
#   PREFIX=          where to install (/usr/local)
#   DESTDIR=         the root to install below, for packages
#
# Everything that is built lands in O (build).

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

O	?= $(CURDIR)/build
# The kernels of the tests that are set up, beside the first one.
OTHERS	:= $(if $(SERIES),,$(filter-out 6.12,$(notdir $(wildcard $(O)/kernel/[0-9]*))))
SERIES	?= 6.12
ifeq ($(SERIES),host)
KDIR	?= /lib/modules/$(shell uname -r)/build
endif
# Debian 13's kernels want its compiler.
ifeq ($(SERIES)$(KDIR),7.3)
BUILDER	= scripts/chroot.sh run $(KOUT)
endif
KDIR	?= $(O)/kernel/$(SERIES)/headers
KOUT	:= $(O)/kmod/$(SERIES)
PREFIX	?= /usr/local
MANDIR	?= $(PREFIX)/share/man
INSTALL_MOD_DIR ?= updates
LIBEXEC	= $(DESTDIR)$(PREFIX)/libexec/headgate
SHARED	= $(DESTDIR)$(PREFIX)/share/headgate
DOC	= $(DESTDIR)$(PREFIX)/share/doc/headgate
INFER_UNITS := $(notdir $(wildcard userspace/infer/*.service))
DOCS	:= README.md $(wildcard Documentation/*.rst)
COMPLETION = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/headgate
MAN	:= $(patsubst Documentation/man/%.rst,%,$(wildcard Documentation/man/*.rst))
override O := $(abspath $(O))
RELEASE = $(shell cat $(KDIR)/include/config/kernel.release 2>/dev/null)
MODULES = $(DESTDIR)/lib/modules/$(RELEASE)/$(INSTALL_MOD_DIR)

all: modules $(OTHERS:%=modules-%) ebpf userspace load

help:
	@sed -n '3,/^$$/s/^# \{0,1\}//p' Makefile

setup:
	@scripts/setup.sh

# What to do without the headers of a kernel.
ifneq ($(filter command line environment,$(origin KDIR)),)
NO_HEADERS = KDIR=$(KDIR) is no folder of kernel headers; it should have a Makefile, as /usr/src/linux-headers-VERSION has
else ifeq ($(SERIES),host)
NO_HEADERS = the running kernel has no headers in $(KDIR); sudo apt install linux-headers-$$(uname -r), or name others by KDIR=
else ifneq ($(filter 6.12 7.3,$(SERIES)),)
NO_HEADERS = the tests' kernel $(SERIES) is not set up; run make setup, or for the running kernel give SERIES=host
else
NO_HEADERS = there is no SERIES=$(SERIES); there are SERIES=6.12 and SERIES=7.3 (the tests' kernels) and SERIES=host (the running one), or name headers by KDIR=
endif

# kbuild writes beside the sources: it gets a copy, one for each kernel.
modules:
	@test -f "$(KDIR)/Makefile" || { echo "$(NO_HEADERS)" >&2; exit 1; }
	@mkdir -p $(KOUT)
	@cp -Rup Kbuild kmod include $(KOUT)/
	@$(BUILDER) $(MAKE) --no-print-directory -C $(realpath $(KDIR)) M=$(KOUT) O=$(realpath $(KDIR)) $(KFLAGS) modules
	@scripts/check-btf.sh $(KOUT)/kmod/headgate.ko

modules-%:
	@$(MAKE) --no-print-directory SERIES=$* modules

ebpf:
	@$(MAKE) --no-print-directory -C ebpf O=$(O)

userspace: ebpf
	@$(MAKE) --no-print-directory -C userspace O=$(O)

load:
	@$(MAKE) --no-print-directory -C tests/load O=$(O)
	@$(MAKE) --no-print-directory -C tests/sim O=$(O) clock
	@$(MAKE) --no-print-directory -C tests/infer O=$(O) layer

generate:
	@scripts/ynl.sh $(O)/kernel/tools
	@scripts/drivers-doc.sh
	@scripts/metrics-doc.sh

check: setup
	@scripts/check.sh

RUNS	?= 1
bench: setup
	@$(MAKE) --no-print-directory all
	@tests/bench/bench.py --runs $(RUNS)

bench-doc:
	@tests/bench/doc.py

SOAK_SECONDS	?= 600
soak: setup
	@$(MAKE) --no-print-directory SERIES=6.12 all
	@tests/vm/run --virgl --mem 3G --timeout $$(($(SOAK_SECONDS) * 2 + 1200)) \
		--append SOAK_SECONDS=$(SOAK_SECONDS) "$(CURDIR)/tests/vm/soak/soak.test.sh"

# Of simulated time; what it takes of real time is the processor's affair, so there is no end set.
SOAK_DAY_SECONDS	?= 86400
SOAK_CONTENTION_SECONDS	?= 21600
soak-day: SOAK_THIS = $(SOAK_DAY_SECONDS) "$(CURDIR)/tests/vm/soak/day.test.sh"
soak-contention: SOAK_THIS = $(SOAK_CONTENTION_SECONDS) "$(CURDIR)/tests/vm/soak/contention.test.sh"
soak-day soak-contention: setup
	@$(MAKE) --no-print-directory SERIES=6.12 all
	@tests/vm/run --deterministic --timeout 86400 --append SOAK_SECONDS=$(SOAK_THIS)

bpftool-doc:
	@scripts/bpftool-doc.sh

demo:
	@scripts/setup.sh --no-newer
	@scripts/demo.sh

lint:
	@scripts/lint.sh

sim:
	@$(MAKE) --no-print-directory -C tests/sim O=$(O)
	@$(O)/sim/headgate-sim

clean:
	rm -rf $(O)/kmod $(O)/ebpf $(O)/obj $(O)/lib $(O)/bin $(O)/man $(O)/infer $(O)/infer-tests $(O)/fuzz $(O)/unit $(O)/sim $(O)/vm $(O)/bench $(O)/metrics

# A host that forgets SERIES=host would get the modules of the tests.
install:
	@test "$(origin SERIES)$(DESTDIR)" != file || { echo "this would install modules for the tests' kernel; for the running one: make SERIES=host install" >&2; exit 1; }
	@test -f $(KOUT)/kmod/headgate.ko -a -x $(O)/bin/headgated -a -x $(O)/bin/headgate-infer || { echo "nothing is built yet: make SERIES=$(SERIES) modules userspace" >&2; exit 1; }
	install -D -m 0755 $(O)/bin/headgate $(DESTDIR)$(PREFIX)/bin/headgate
	install -D -m 0755 $(O)/bin/headgated $(DESTDIR)$(PREFIX)/sbin/headgated
	install -D -m 0755 $(O)/bin/headgate-infer $(LIBEXEC)/headgate-infer
	ln -sfn ../libexec/headgate/headgate-infer $(DESTDIR)$(PREFIX)/bin/headgate-infer
	install -D -m 0644 userspace/daemon/headgate.conf \
		$(DESTDIR)/etc/headgate/headgate.conf.example
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's,/usr/sbin/headgated,$(PREFIX)/sbin/headgated,' userspace/daemon/headgated.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/headgated.service
	@for unit in $(INFER_UNITS); do \
		echo "install $$unit in $(DESTDIR)$(PREFIX)/lib/systemd/system"; \
		sed 's,/usr/libexec,$(PREFIX)/libexec,' userspace/infer/$$unit \
			>$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit || exit; \
	done
	install -D -m 0644 -t $(SHARED) userspace/monitoring/*
	install -D -m 0644 -t $(DOC) $(DOCS)
	install -d $(dir $(COMPLETION))
	$(O)/bin/headgate completion bash >$(COMPLETION)
	@for page in $(MAN); do \
		to=$(DESTDIR)$(MANDIR)/man$${page##*.}/$$page; \
		test -e $(O)/man/$$page || { echo "not installed, for want of rst2man: $$to"; continue; }; \
		echo "install -D -m 0644 $(O)/man/$$page $$to"; \
		install -D -m 0644 $(O)/man/$$page $$to || exit; \
	done
	$(MAKE) -C $(realpath $(KDIR)) M=$(KOUT) O=$(realpath $(KDIR)) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) \
		INSTALL_MOD_DIR=$(INSTALL_MOD_DIR) modules_install
	$(if $(DESTDIR),,depmod -a $(RELEASE))

# By the same variables as install. The policy is its owner's, and stays.
uninstall:
	@test -n "$(RELEASE)" || { echo "no kernel headers in $(KDIR), by which install knew where modules go: name them by KDIR=" >&2; exit 1; }
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,headgate headgate-infer) $(DESTDIR)$(PREFIX)/sbin/headgated
	rm -f $(LIBEXEC)/headgate-infer
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/lib/systemd/system/,headgated.service $(INFER_UNITS))
	rm -f $(DESTDIR)/etc/headgate/headgate.conf.example
	rm -f $(patsubst userspace/monitoring/%,$(SHARED)/%,$(wildcard userspace/monitoring/*))
	rm -f $(addprefix $(DOC)/,$(notdir $(DOCS))) $(COMPLETION)
	rm -f $(foreach page,$(MAN),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(page))
	rm -f $(MODULES)/kmod/headgate.ko* $(MODULES)/kmod/simgpu/simgpu.ko*
	@for dir in $(LIBEXEC) $(SHARED) $(DOC) $(DESTDIR)/etc/headgate $(MODULES)/kmod/simgpu $(MODULES)/kmod $(MODULES); do \
		! test -d $$dir || rmdir --ignore-fail-on-non-empty $$dir || exit; \
	done
	$(if $(DESTDIR),,depmod -a $(RELEASE))

.PHONY: all help setup modules ebpf userspace load generate check bench bench-doc bpftool-doc soak soak-day soak-contention demo lint sim clean install uninstall
