SUMMARY = "Loader of huge files into dma-bufs"
DESCRIPTION = "libdmaload loads huge files straight into dma-bufs, the memory that the CPU shares \
               with an NPU, a GPU or a camera pipeline. It leaves nothing in the page cache, and \
               reports which path the bytes took."
HOMEPAGE = "https://libdmaload.example/"
SECTION = "libs"
CVE_PRODUCT = "libdmaload"
LICENSE = "MIT"
LIC_FILES_CHKSUM = "file://LICENSE;md5=b7606b46e22d8da322db9a3fc8f7c93a"

SRC_URI = "file://${BP}.tar.xz"

inherit bash-completion meson pkgconfig useradd

PACKAGECONFIG ??= "cache digest json models tool udev \
                   ${@bb.utils.contains('BBFILE_COLLECTIONS', 'openembedded-layer', 'io_uring', '', d)}"
PACKAGECONFIG[cache] = "-Dcache=enabled,-Dcache=disabled"
PACKAGECONFIG[digest] = "-Ddigest=enabled,-Ddigest=disabled,openssl"
PACKAGECONFIG[io_uring] = "-Dio_uring=enabled,-Dio_uring=disabled,liburing"
PACKAGECONFIG[json] = "-Djson=enabled,-Djson=disabled,json-c"
# This one needs json.
PACKAGECONFIG[models] = "-Dmodels=enabled,-Dmodels=disabled,json-c"
PACKAGECONFIG[libdrm] = "-Dlibdrm=enabled,-Dlibdrm=disabled,libdrm"
PACKAGECONFIG[tool] = "-Dtool=enabled,-Dtool=disabled"
PACKAGECONFIG[udev] = "-Dudev_rule=true -Dudev_dir=${nonarch_base_libdir}/udev -Dudev_group=render,-Dudev_rule=false"
# The probes need a processor of 64 bits.
PACKAGECONFIG[usdt] = "-Dusdt=enabled,-Dusdt=disabled,systemtap"

EXTRA_OEMESON = "-Dpython=disabled -Dpython_tests=disabled -Dtests=disabled -Dvulkan=disabled"

PACKAGE_BEFORE_PN += "${PN}-cache ${PN}-digest ${PN}-drm ${PN}-models ${PN}-udev \
                      dmaload dmaload-zsh-completion"

FILES:${PN}-cache += "${libdir}/libdmaload-cache${SOLIBS}"
FILES:${PN}-digest += "${libdir}/libdmaload-digest${SOLIBS}"
FILES:${PN}-drm += "${libdir}/libdmaload-drm${SOLIBS}"
FILES:${PN}-models += "${libdir}/libdmaload-models${SOLIBS}"
FILES:${PN}-udev += "${nonarch_base_libdir}/udev/rules.d/49-dmaload.rules"
FILES:dmaload += "${bindir}/dmaload"
FILES:dmaload-zsh-completion += "${datadir}/zsh/site-functions/_dmaload"

# The rule lets the members of this group use the heaps and udmabuf.
USERADD_PACKAGES = "${PN}-udev"
GROUPADD_PARAM:${PN}-udev = "--system render"
RRECOMMENDS:dmaload = "${PN}-udev"

BBCLASSEXTEND = "native nativesdk"
