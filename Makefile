# SPDX-License-Identifier: ISC
# Builds everything: objects and generated files under build/, finished
# commands in bin/. What is built from what stands in package/programs, what
# Debian packages it takes in package/depends.
#   make SAN=1 ...  with the address and undefined behaviour sanitizers,
#                   everything in build/san

PREFIX = /usr/local
DESTDIR =
MANDIR = $(PREFIX)/share/man
FUZZ_SECONDS = 10
JOBS = 2
QUIET = --no-print-directory -j$(JOBS)

# ------------------------------------------------------------------ variants
ifdef FUZZ
V = fuzz
CC = clang
VFLAGS = -O1 -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=undefined
LINK_STATIC = $(VFLAGS) -pie
else ifdef SAN
V = san
VFLAGS = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
    -fno-sanitize-recover=undefined
LINK_STATIC = $(VFLAGS) -pie
else
V = rel
VFLAGS = -O2 -D_FORTIFY_SOURCE=2
LINK_STATIC = -static-pie -Wl,-T,package/layout.ld
endif
O = build/$(V)
BIN = $(if $(filter rel,$(V)),bin,$(O)/bin)

CFLAGS = -g
# make Q= shows the commands
Q = @
say = $(if $(Q),@echo '  $(1) $@';)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. -Ilib -fPIE $(VFLAGS) -Wall -Wextra \
    -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
    -Wvla -fstack-protector-strong -fstack-clash-protection \
    -fcf-protection $(CFLAGS)
ALL_LDFLAGS = -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(LDFLAGS)

# ----------------------------------------------------------------- the tables
programs := $(shell awk '/^[a-z]/ { print $$1 }' package/programs)
sources = $(sort $(shell awk '$$2 == "$(1)" { $$1 = $$2 = ""; print }' \
    package/programs))
objects = $(patsubst %.c,$(O)/%.o,$(1))
tls := $(shell awk '/^[a-z]/ && $$2 != "postern" { print $$2 }' \
    package/programs | sort -u)
# -lcdb before -lskarnet: both export cdb_find and its like (see lib/rules.c)
LIBS_STATIC = -lcdb -lskarnet -lcares -lresolv -lcrypt -lidn2 -lunistring
LIBS_TLS = -lcdb -lskarnet -lcares -lresolv -lssl -lcrypto -lseccomp -lunbound -lidn2
templates := $(sort $(shell find package/instance -type f))
man := $(wildcard */*.[1-8])
units := $(patsubst t/unit/%.c,$(O)/t/%.t,$(wildcard t/unit/*.c))
fuzzers := $(patsubst t/fuzz/%.c,$(O)/t/%,$(wildcard t/fuzz/*.c))

all: $(programs:%=$(BIN)/%)

# ------------------------------------------------------------------ compiling
$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/chain_table.c: package/programs package/chain-table
	@mkdir -p $(@D)
	$(call say,GEN)package/chain-table < package/programs > $@.new && mv $@.new $@

$(O)/chain_table.o $(O)/templates.o: $(O)/%.o: $(O)/%.c Makefile
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(O)/templates.c: package/embed $(templates)
	@mkdir -p $(@D)
	$(call say,GEN)package/embed package/instance $(templates) > $@.new && mv $@.new $@

$(O)/lib.a: $(call objects,$(wildcard lib/*.c))
$(O)/stages.a: $(call objects,$(call sources,postern)) $(O)/chain_table.o \
    $(O)/templates.o
# for tests: all of tlsd but its main
$(O)/tlsd.a: $(filter-out $(O)/tlswrap/tlsd.o,$(call objects,$(call sources,tlsd)))
$(O)/lib.a $(O)/stages.a $(O)/tlsd.a:
	@rm -f $@
	$(Q)$(AR) qcs $@ $^

$(BIN)/postern: $(O)/package/main.o $(O)/package/heap.o $(O)/stages.a $(O)/lib.a package/layout.ld
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $(LINK_STATIC) -o $@.new $(filter-out %.ld,$^) $(LIBS_STATIC) \
	    && mv $@.new $@

define tls_program
$(BIN)/$(1): $(call objects,$(call sources,$(1))) $(O)/lib.a
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CC) $$(ALL_LDFLAGS) $$(VFLAGS) -pie -o $$@.new $$^ $$(LIBS_TLS) \
	    && mv $$@.new $$@
endef
$(foreach p,$(tls),$(eval $(call tls_program,$(p))))

$(filter-out $(BIN)/postern $(tls:%=$(BIN)/%),$(programs:%=$(BIN)/%)): \
    | $(BIN)/postern
	$(Q)ln -sf postern $@

# -------------------------------------------------------------------- testing
$(O)/t/%.t: $(O)/t/unit/%.o $(O)/stages.a $(O)/lib.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $(VFLAGS) -pie -Wl,-u,chain_table -o $@ $^ \
	    $(LIBS_STATIC)

$(O)/t/%: $(O)/t/fuzz/%.o $(O)/stages.a $(O)/tlsd.a $(O)/lib.a
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $(VFLAGS) -fsanitize=fuzzer -Wl,-u,chain_table \
	    -o $@ $^ $(LIBS_STATIC) $(LIBS_TLS)

units: $(units)

test: ; @package/need build run test beside && $(MAKE) $(QUIET) all units && \
	    t/run $(V) $(JOBS) t/*.t $(units)
test-long: ; @package/need build run test long beside && $(MAKE) $(QUIET) all units && \
	    POSTERN_LONG=1 t/run $(V) $(JOBS) t/*.t t/long/*.t $(units)
fuzz: ; @package/need build test && $(MAKE) FUZZ=1 fuzz-run
fuzz-run: $(fuzzers) ; @t/fuzz/run $(FUZZ_SECONDS) $(fuzzers)
bench: all ; @package/need build bench && $(MAKE) -C bench how

sources_c = $(filter-out bench/%,$(wildcard */*.[ch] t/*/*.[ch]))
format: ; clang-format -i $(sources_c)
lint:
	@package/need build test
	clang-format --dry-run -Werror $(sources_c)
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
	    --enable=warning,portability --suppressions-list=package/cppcheck \
	    -I. -Ilib $(filter-out t/%,$(filter %.c,$(sources_c)))
	mandoc -T lint -W warning $(man)
	shellcheck -x $$(git ls-files -- . ':!bench' | xargs \
	    awk 'FNR == 1 && /^#!.*[/ ](ba)?sh/ { print FILENAME }')

# ----------------------------------------------------------- running, install
run: ; @package/need build run && $(MAKE) $(QUIET) all && package/demo up
stop: ; @package/demo down

install: all
	package/install $(BIN) "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(MANDIR)" \
	    $(programs) -- $(man)
uninstall:
	package/install -u $(BIN) "$(DESTDIR)$(PREFIX)/bin" \
	    "$(DESTDIR)$(MANDIR)" $(programs) -- $(man)
clean: ; rm -rf bin build
.PHONY: all units test test-long fuzz fuzz-run bench lint format run stop \
    install uninstall clean
.SECONDARY .DELETE_ON_ERROR:
-include $(shell find $(O) -name '*.d' 2>/dev/null)
