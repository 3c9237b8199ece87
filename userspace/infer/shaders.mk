# SPDX-License-Identifier: GPL-2.0-or-later
# Shaders: each line of vulkan/variants.def is compiled to SPIR-V, validated, and becomes an array of words;
# all of them are $(O)/infer/shaders.h.
#
# Cooperative matrices want a glslc newer than Debian 12's. Where this machine's is older, that of the Debian 13
# does it which setup.sh unpacks; where there is none either, these kernels are left out: they are empty.

GLSLC ?= glslc
SPIRV_VAL ?= spirv-val
SHADERS := $(SRC)/infer/shaders
VARIANTS := $(SRC)/infer/vulkan/variants.def
VARIANT_NAMES := $(shell sed -n 's/^VARIANT.\([a-z0-9_]*\),.*/\1/p' $(VARIANTS))
SHADER_WORDS := $(VARIANT_NAMES:%=$(O)/infer/shaders/%.h)

# The name's source and its defines.
variant = $(shell sed -n 's|^VARIANT.$(1),.*"\(.*\)", "\(.*\)".$$|$(SHADERS)/\1.comp \2|p' $(VARIANTS))

NEWER := $(TOP)/scripts/newer.sh
# The sources again, where a command in the other Debian sees them.
SEEN := $(O)/infer/shaders/src
SHADERS_SEEN := $(patsubst $(SHADERS)/%,$(SEEN)/%,$(wildcard $(SHADERS)/*))

# Asked when one is made: `make clean` needs neither.
have_tools = $(foreach tool,$(GLSLC) $(SPIRV_VAL),$(if $(shell command -v $(tool)),,\
	$(error userspace: no $(tool), which the inference kernels are compiled with (packages glslc and spirv-tools))))

$(O)/infer/shaders/%.spv: $(VARIANTS) $(wildcard $(SHADERS)/*) $(SRC)/infer/shaders.mk
	$(have_tools)@mkdir -p $(@D)
	$(call say,GLSLC,$@)
	$(Q)$(GLSLC) -O -Werror --target-env=vulkan1.1 -fshader-stage=compute -o $@ $(call variant,$*)
	$(Q)$(SPIRV_VAL) --target-env vulkan1.1 $@

# What to put before glslc; asked each time, and written when it has changed.
$(O)/infer/shaders/newer: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)GLSLC=$(GLSLC) $(NEWER) $(O)/infer/shaders >$@.new
	$(Q)if cmp -s $@.new $@; then rm $@.new; \
	else mv $@.new $@; [ -s $@ ] || echo 'userspace: no kernels with cooperative matrices, for want of a glslc that knows them'; fi

$(SHADERS_SEEN): $(SEEN)/%: $(SHADERS)/%
	$(Q)mkdir -p $(@D)
	$(Q)cp $< $@

MATRICES := $(patsubst %,$(O)/infer/shaders/%.spv,$(filter %_matrices,$(VARIANT_NAMES)))
$(MATRICES): $(O)/infer/shaders/%.spv: $(VARIANTS) $(SHADERS_SEEN) $(O)/infer/shaders/newer $(SRC)/infer/shaders.mk
	$(call say,GLSLC,$@)
	$(Q)newer=$$(cat $(O)/infer/shaders/newer); \
	case $$newer in \
	'') : >$@; exit ;; \
	env) glslc=$(GLSLC) val=$(SPIRV_VAL) ;; \
	*) glslc="$$newer glslc" val="$$newer spirv-val" ;; \
	esac; \
	$$glslc -O -Werror --target-env=vulkan1.1 -fshader-stage=compute -o $@ \
		$(subst $(SHADERS),$(SEEN),$(call variant,$*)) && \
	$$val --target-env vulkan1.1 $@

$(O)/infer/shaders/%.h: $(O)/infer/shaders/%.spv
	$(Q){ echo 'static const uint32_t shader_$*[] = {'; \
	      od -An -v -tx4 $< | sed 's/ *\([0-9a-f]\{8\}\)/0x\1,/g'; echo '};'; } >$@

$(O)/infer/shaders.h: $(SHADER_WORDS)
	$(Q)cat $^ >$@

$(OBJ)/infer/vulkan/pipelines.o: $(O)/infer/shaders.h

.PRECIOUS: $(O)/infer/shaders/%.spv
