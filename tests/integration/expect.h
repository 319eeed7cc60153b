/* SPDX-License-Identifier: MIT */
/* Expectations in the threads of a storm, where cmocka cannot be called. */
#ifndef EXPECT_H
#define EXPECT_H

/* The first expectation that failed in a thread. */
struct wrong {
	const char *what;
	int line, code;
};

#define EXPECT(storm, condition, result) do {				\
	if (!(condition) && !(storm)->wrong.what) {			\
		(storm)->wrong.what = #condition;			\
		(storm)->wrong.line = __LINE__;				\
		(storm)->wrong.code = (result);				\
	}								\
} while (0)

#endif
