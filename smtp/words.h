/* SPDX-License-Identifier: ISC */
/* A command line in one string, taken apart without a shell. */
#ifndef SMTP_WORDS_H
#define SMTP_WORDS_H

/* Takes S (changed) apart at blanks into WORD, of which there is room for MAX
 * and a null pointer. What stands in '...' or "..." is kept whole, and a
 * backslash, but in '...', keeps the character behind it. Nothing else means
 * anything. How many words; -1 too many, or a quote is left open. */
int smtp_words(char *s, char **word, int max);

#endif
