/* SPDX-License-Identifier: MIT */
/* The place of a process among cgroups, from texts as kernels and container runtimes
 * write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buffer/cgroup.h"

#define ID "5c1fd3a09b2e4d6f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f"
#define POD "kubepods-burstable-pod3f2c1d5e_8a0b_4c1f_9b5e_0a1b2c3d4e5f.slice"

/* Debian 12 and 13, a shell of a user. */
static const char debian_cgroup[] =
	"0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
	"app-org.gnome.Terminal.slice/vte-spawn-1f2e.scope\n";
static const char debian_mounts[] =
	"21 28 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw\n"
	"22 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:14 - proc proc rw\n"
	"28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
	"29 21 0:6 / /sys/kernel/security rw,nosuid,nodev,noexec,relatime shared:8 - "
	"securityfs securityfs rw\n"
	"32 21 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - "
	"cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
	"33 21 0:28 / /sys/fs/pstore rw,nosuid,nodev,noexec,relatime shared:10 - "
	"pstore pstore rw\n";

/* The same with systemd 259, which has huge pages charged. */
static const char recent_mounts[] =
	"32 21 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - "
	"cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot,memory_hugetlb_accounting\n";

/* Debian 10, hybrid: version 2 is there, and has no controllers. */
static const char hybrid_cgroup[] =
	"12:perf_event:/\n"
	"10:memory:/system.slice/nginx.service\n"
	"9:cpu,cpuacct:/system.slice/nginx.service\n"
	"1:name=systemd:/system.slice/nginx.service\n"
	"0::/system.slice/nginx.service\n";
static const char hybrid_mounts[] =
	"25 24 0:22 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs "
	"ro,mode=755\n"
	"26 25 0:23 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 "
	"- cgroup2 cgroup2 rw,nsdelegate\n"
	"27 25 0:24 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 "
	"- cgroup cgroup rw,xattr,name=systemd\n"
	"33 25 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime "
	"shared:16 - cgroup cgroup rw,cpu,cpuacct\n"
	"35 25 0:32 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:18 "
	"- cgroup cgroup rw,memory\n";

/* docker run, cgroups of version 1: no namespace, but only its own part is
 * mounted. */
static const char docker1_cgroup[] =
	"11:pids:/docker/" ID "\n"
	"8:memory:/docker/" ID "\n"
	"1:name=systemd:/docker/" ID "\n"
	"0::/system.slice/containerd.service\n";
static const char docker1_mounts[] =
	"515 510 0:89 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro\n"
	"516 515 0:90 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs "
	"rw,mode=755,inode64\n"
	"517 516 0:28 /docker/" ID " /sys/fs/cgroup/systemd "
	"ro,nosuid,nodev,noexec,relatime master:11 - cgroup cgroup rw,xattr,name=systemd\n"
	"518 516 0:31 /docker/" ID " /sys/fs/cgroup/memory "
	"ro,nosuid,nodev,noexec,relatime master:15 - cgroup cgroup rw,memory\n";

/* docker run, version 2: a namespace. */
static const char docker2_cgroup[] = "0::/\n";
static const char docker2_mounts[] =
	"477 473 0:149 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro\n"
	"486 477 0:30 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 "
	"cgroup rw,nsdelegate,memory_recursiveprot\n";

/* A pod of Kubernetes with containerd, version 1: its names have colons. */
static const char pod_cgroup[] =
	"11:cpuset:/" POD ":cri-containerd:" ID "\n"
	"7:memory:/system.slice/containerd.service/" POD ":cri-containerd:" ID "\n"
	"0::/\n";
static const char pod_mounts[] =
	"5871 5867 0:26 /system.slice/containerd.service/" POD ":cri-containerd:" ID
	" /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:12 - cgroup "
	"cgroup rw,memory\n";

/* An app of Android 12, memory in version 1 at a place of its own; and a newer
 * one. */
static const char android_cgroup[] =
	"5:schedtune:/background\n"
	"4:memory:/apps/uid_10437\n"
	"3:cpuset:/top-app\n"
	"2:cpu:/top-app\n"
	"1:blkio:/\n"
	"0::/uid_10437/pid_28163\n";
static const char android_mounts[] =
	"31 30 0:23 / /dev/blkio rw,nosuid,nodev,noexec,relatime - cgroup none rw,blkio\n"
	"32 30 0:24 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - cgroup2 none "
	"rw,memory_recursiveprot\n"
	"33 30 0:25 / /dev/cpuctl rw,nosuid,nodev,noexec,relatime - cgroup none rw,cpu\n"
	"35 30 0:27 / /dev/memcg rw,nosuid,nodev,noexec,relatime - cgroup none "
	"rw,memory\n";
static const char android2_cgroup[] =
	"3:cpuset:/top-app\n"
	"2:cpu:/top-app\n"
	"1:blkio:/\n"
	"0::/apps/uid_10346/pid_27334\n";

static struct cgroup *locate(const char *text, const char *mounts)
{
	static struct cgroup cgroup;

	memset(&cgroup, 0xa5, sizeof(cgroup));
	assert_true(cgroup_find(text, &cgroup));
	cgroup_locate(mounts, &cgroup);
	return &cgroup;
}

static void check(const char *text, const char *mounts, int version,
		  const char *folder, const char *top)
{
	const struct cgroup *cgroup = locate(text, mounts);

	assert_int_equal(cgroup->version, version);
	assert_int_equal(cgroup->sight, CGROUP_SEEN);
	assert_string_equal(cgroup->folder, folder);
	assert_int_equal(cgroup->top, strlen(top));
	assert_memory_equal(cgroup->folder, top, strlen(top));
	assert_false(cgroup->charges_huge);
}

static void folders_of_known_systems(void **state)
{
	(void)state;
	check(debian_cgroup, debian_mounts, 2, "/sys/fs/cgroup/user.slice/"
	      "user-1000.slice/user@1000.service/app.slice/"
	      "app-org.gnome.Terminal.slice/vte-spawn-1f2e.scope",
	      "/sys/fs/cgroup");
	check(hybrid_cgroup, hybrid_mounts, 1, "/sys/fs/cgroup/memory/"
	      "system.slice/nginx.service", "/sys/fs/cgroup/memory");
	check(docker1_cgroup, docker1_mounts, 1, "/sys/fs/cgroup/memory",
	      "/sys/fs/cgroup/memory");
	check(docker2_cgroup, docker2_mounts, 2, "/sys/fs/cgroup",
	      "/sys/fs/cgroup");
	check(pod_cgroup, pod_mounts, 1, "/sys/fs/cgroup/memory",
	      "/sys/fs/cgroup/memory");
	check(android_cgroup, android_mounts, 1, "/dev/memcg/apps/uid_10437",
	      "/dev/memcg");
	check(android2_cgroup, android_mounts, 2,
	      "/sys/fs/cgroup/apps/uid_10346/pid_27334", "/sys/fs/cgroup");
	assert_true(locate(debian_cgroup, recent_mounts)->charges_huge);
}

static void parents_up_to_the_mount(void **state)
{
	static const char *const folders[] = {
		"/sys/fs/cgroup/memory/system.slice/nginx.service",
		"/sys/fs/cgroup/memory/system.slice",
		"/sys/fs/cgroup/memory",
	};
	struct cgroup *cgroup = locate(hybrid_cgroup, hybrid_mounts);
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_string_equal(cgroup->folder, folders[i]);
		assert_int_equal(cgroup_up(cgroup), i < 2);
	}
	assert_string_equal(cgroup->folder, folders[2]);
}

static void expect(const char *path, const char *mounts,
		   enum cgroup_sight sight, const char *folder)
{
	const struct cgroup *cgroup;
	char text[300];

	snprintf(text, sizeof(text), "0::%s\n", path);
	cgroup = locate(text, mounts);
	assert_int_equal(cgroup->sight, sight);
	if (folder)
		assert_string_equal(cgroup->folder, folder);
}

#define MOUNT(root, point) \
	"41 30 0:41 " root " " point " rw,relatime - cgroup2 cgroup rw\n"

static void roots_of_mounts(void **state)
{
	(void)state;
	/* A part of the hierarchy: what is below it, and nothing else. */
	expect("/a/b", MOUNT("/a", "/cg"), CGROUP_SEEN, "/cg/b");
	expect("/a", MOUNT("/a", "/cg"), CGROUP_SEEN, "/cg");
	expect("/ab", MOUNT("/a", "/cg"), CGROUP_HIDDEN, NULL);
	expect("/b", MOUNT("/a", "/cg"), CGROUP_HIDDEN, NULL);
	expect("/", MOUNT("/a", "/cg"), CGROUP_HIDDEN, NULL);
	/* A process that is outside of its namespace. */
	expect("/..", MOUNT("/", "/cg"), CGROUP_HIDDEN, NULL);
	expect("/../../x", MOUNT("/", "/cg"), CGROUP_HIDDEN, NULL);
	expect("/../x", MOUNT("/..", "/cg"), CGROUP_SEEN, "/cg/x");
	expect("/..", MOUNT("/..", "/cg"), CGROUP_SEEN, "/cg");
	expect("/../..", MOUNT("/..", "/cg"), CGROUP_HIDDEN, NULL);
	expect("/../../x/y", MOUNT("/../../x", "/cg"), CGROUP_SEEN, "/cg/y");
	expect("/../xy", MOUNT("/../x", "/cg"), CGROUP_HIDDEN, NULL);
	/* A mount from outside of the namespace: nobody tells the names
	 * between. */
	expect("/", MOUNT("/../..", "/cg"), CGROUP_PARENT, "/cg");
	expect("/a/b", MOUNT("/..", "/cg"), CGROUP_PARENT, "/cg");
	expect("/../x", MOUNT("/../..", "/cg"), CGROUP_PARENT, "/cg");
	expect("/../x", MOUNT("/../../y", "/cg"), CGROUP_HIDDEN, NULL);
	expect("/..x", MOUNT("/", "/cg"), CGROUP_SEEN, "/cg/..x");
	/* No mount, or of something else. */
	expect("/a", "", CGROUP_HIDDEN, NULL);
	expect("/a", "41 30 0:41 / /cg rw - cgroup cgroup rw,memory\n",
	       CGROUP_HIDDEN, NULL);
}

static void best_of_several_mounts(void **state)
{
	(void)state;
	expect("/a/b", MOUNT("/a", "/part") MOUNT("/", "/all"), CGROUP_SEEN,
	       "/all/a/b");
	expect("/a/b", MOUNT("/", "/all") MOUNT("/a", "/part"), CGROUP_SEEN,
	       "/all/a/b");
	/* As podman has it: the host's, and over it the container's. */
	expect("/", MOUNT("/../../../../..", "/sys/fs/cgroup")
	       MOUNT("/", "/sys/fs/cgroup"), CGROUP_SEEN, "/sys/fs/cgroup");
	expect("/", MOUNT("/", "/own") MOUNT("/..", "/outside"), CGROUP_SEEN,
	       "/own");
	/* Two mounts show parents: the one with the nearest parent counts. */
	expect("/", MOUNT("/../..", "/far") MOUNT("/..", "/near"),
	       CGROUP_PARENT, "/near");
}

static void names_of_all_kinds(void **state)
{
	(void)state;
	expect("/a b\\c", MOUNT("/a\\040b\\134c", "/my\\040cg"), CGROUP_SEEN,
	       "/my cg");
	expect("/x\\1", MOUNT("/", "/c\\1"), CGROUP_SEEN, "/c\\1/x\\1");
	expect("/x", MOUNT("/", "/c\\999"), CGROUP_SEEN, "/c\\999/x");
	/* Optional fields, any number of them. */
	expect("/x", "41 30 0:41 / /cg rw shared:1 master:2 propagate_from:3 - "
	       "cgroup2 my-cgroup rw\n", CGROUP_SEEN, "/cg/x");
}

static void texts_that_mean_nothing(void **state)
{
	static const char *const texts[] = {
		"", "\n", ":", "::", "0:", "0::", "0::\n", "0::x\n", "memory",
		"1:name=memory:/x\n", "3:memory_x:/x\n", "3:cpu:/memory\n",
		"1::/x\n",
	};
	char *longest = malloc(PATH_MAX + 10);
	struct cgroup cgroup;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (cgroup_find(texts[i], &cgroup))
			fail_msg("\"%s\" is %s", texts[i], cgroup.path);
	/* A path that is too long is none; one that just fits is one. */
	assert_non_null(longest);
	memset(longest, 'x', PATH_MAX + 8);
	memcpy(longest, "0::/", 4);
	longest[PATH_MAX + 8] = '\0';
	assert_false(cgroup_find(longest, &cgroup));
	longest[PATH_MAX + 2] = '\0';
	assert_true(cgroup_find(longest, &cgroup));
	cgroup_locate(MOUNT("/", "/cg"), &cgroup);
	assert_int_equal(cgroup.sight, CGROUP_HIDDEN);
	free(longest);
	/* Lines of mountinfo that end early. */
	assert_true(cgroup_find("0::/x\n", &cgroup));
	cgroup_locate("41\n41 30 0:41\n41 30 0:41 / /cg\n41 30 0:41 / /cg rw -\n"
		      "41 30 0:41 / /cg rw - cgroup2", &cgroup);
	assert_string_equal(cgroup.folder, "/cg/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders_of_known_systems),
		cmocka_unit_test(parents_up_to_the_mount),
		cmocka_unit_test(roots_of_mounts),
		cmocka_unit_test(best_of_several_mounts),
		cmocka_unit_test(names_of_all_kinds),
		cmocka_unit_test(texts_that_mean_nothing),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
