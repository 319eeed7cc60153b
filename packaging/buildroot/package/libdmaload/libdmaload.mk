################################################################################
#
# libdmaload
#
################################################################################

LIBDMALOAD_VERSION = 0.2.0
# The tree that has this file. With an archive in place of it, add its hash.
LIBDMALOAD_SITE = $(BR2_EXTERNAL_LIBDMALOAD_PATH)/../..
LIBDMALOAD_SITE_METHOD = local
LIBDMALOAD_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude=/build
LIBDMALOAD_LICENSE = MIT
LIBDMALOAD_LICENSE_FILES = LICENSE
LIBDMALOAD_INSTALL_STAGING = YES
LIBDMALOAD_DEPENDENCIES = host-pkgconf

LIBDMALOAD_CONF_OPTS = \
	-Dpython=disabled \
	-Dpython_tests=disabled \
	-Dtests=disabled \
	-Dusdt=disabled \
	-Dvulkan=disabled

ifeq ($(BR2_PACKAGE_LIBURING),y)
LIBDMALOAD_DEPENDENCIES += liburing
LIBDMALOAD_CONF_OPTS += -Dio_uring=enabled
else
LIBDMALOAD_CONF_OPTS += -Dio_uring=disabled
endif

ifeq ($(BR2_PACKAGE_LIBDMALOAD_TOOL),y)
LIBDMALOAD_CONF_OPTS += -Dtool=enabled
else
LIBDMALOAD_CONF_OPTS += -Dtool=disabled
endif

# The program and libdmaload-models use it.
ifeq ($(BR2_PACKAGE_JSON_C),y)
LIBDMALOAD_DEPENDENCIES += json-c
LIBDMALOAD_CONF_OPTS += -Djson=enabled
else
LIBDMALOAD_CONF_OPTS += -Djson=disabled
endif

ifeq ($(BR2_PACKAGE_LIBDMALOAD_CACHE),y)
LIBDMALOAD_CONF_OPTS += -Dcache=enabled
else
LIBDMALOAD_CONF_OPTS += -Dcache=disabled
endif

ifeq ($(BR2_PACKAGE_LIBDMALOAD_DIGEST),y)
LIBDMALOAD_DEPENDENCIES += libopenssl
LIBDMALOAD_CONF_OPTS += -Ddigest=enabled
else
LIBDMALOAD_CONF_OPTS += -Ddigest=disabled
endif

ifeq ($(BR2_PACKAGE_LIBDMALOAD_DRM),y)
LIBDMALOAD_DEPENDENCIES += libdrm
LIBDMALOAD_CONF_OPTS += -Dlibdrm=enabled
else
LIBDMALOAD_CONF_OPTS += -Dlibdrm=disabled
endif

ifeq ($(BR2_PACKAGE_LIBDMALOAD_MODELS),y)
LIBDMALOAD_CONF_OPTS += -Dmodels=enabled
else
LIBDMALOAD_CONF_OPTS += -Dmodels=disabled
endif

# The group that may use the heaps. On systemd's images, it exists already.
ifeq ($(BR2_PACKAGE_HAS_UDEV),y)
LIBDMALOAD_CONF_OPTS += -Dudev_rule=true -Dudev_group=render
define LIBDMALOAD_USERS
	- - render -1 * - - - dma-bufs
endef
else
LIBDMALOAD_CONF_OPTS += -Dudev_rule=false
endif

define LIBDMALOAD_LINUX_CONFIG_FIXUPS
	$(call KCONFIG_ENABLE_OPT,CONFIG_DMABUF_HEAPS)
	$(call KCONFIG_ENABLE_OPT,CONFIG_DMABUF_HEAPS_SYSTEM)
	$(call KCONFIG_ENABLE_OPT,CONFIG_UDMABUF)
endef

$(eval $(meson-package))
