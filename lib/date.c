/* SPDX-License-Identifier: ISC */
/* Dates as mail has them. */
#include "date.h"

#include <stdio.h>

/* The date of day DAYS since 1970, by the calendar that begins in March. */
static void
date_civil(long days, int *year, int *month, int *day)
{
	long z = days + 719468, era = z / 146097, doe = z % 146097;
	long yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	long doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	long m = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 2 : m - 10);
	*year = (int)(yoe + era * 400 + (*month < 2));
}

const char *
date_mail(char *buf, time_t t)
{
	static const char days[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int year, month, day, s = (int)(t % 86400);

	date_civil((long)(t / 86400), &year, &month, &day);
	snprintf(buf, DATE_SIZE, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000",
	    days + t / 86400 % 7 * 3, day % 100, months + month * 3,
	    year % 10000, s / 3600, s / 60 % 60, s % 60);
	return buf;
}
