# SPDX-License-Identifier: GPL-2.0-or-later
# Shaders: each line of vulkan/variants.def is compiled to SPIR-V, validated, and becomes an array of words;
# all of them are $(O)/infer/shaders.h.

GLSLC ?= glslc
SPIRV_VAL ?= spirv-val
SHADERS := $(SRC)/infer/shaders
VARIANTS := $(SRC)/infer/vulkan/variants.def
VARIANT_NAMES := $(shell sed -n 's/^VARIANT.\([a-z0-9_]*\),.*/\1/p' $(VARIANTS))
SHADER_WORDS := $(VARIANT_NAMES:%=$(O)/infer/shaders/%.h)

# The name's source and its defines.
variant = $(shell sed -n 's|^VARIANT.$(1),.*"\(.*\)", "\(.*\)".$$|$(SHADERS)/\1.comp \2|p' $(VARIANTS))

# Asked when one is made: `make clean` needs neither.
have_tools = $(foreach tool,$(GLSLC) $(SPIRV_VAL),$(if $(shell command -v $(tool)),,\
	$(error userspace: no $(tool), which the inference kernels are compiled with (packages glslc and spirv-tools))))

$(O)/infer/shaders/%.spv: $(VARIANTS) $(wildcard $(SHADERS)/*) $(SRC)/infer/shaders.mk
	$(have_tools)@mkdir -p $(@D)
	$(call say,GLSLC,$@)
	$(Q)$(GLSLC) -O -Werror --target-env=vulkan1.1 -fshader-stage=compute -o $@ $(call variant,$*)
	$(Q)$(SPIRV_VAL) --target-env vulkan1.1 $@

$(O)/infer/shaders/%.h: $(O)/infer/shaders/%.spv
	$(Q){ echo 'static const uint32_t shader_$*[] = {'; \
	      od -An -v -tx4 $< | sed 's/ *\([0-9a-f]\{8\}\)/0x\1,/g'; echo '};'; } >$@

$(O)/infer/shaders.h: $(SHADER_WORDS)
	$(Q)cat $^ >$@

$(OBJ)/infer/vulkan/pipelines.o: $(O)/infer/shaders.h

.PRECIOUS: $(O)/infer/shaders/%.spv
