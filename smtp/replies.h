/* SPDX-License-Identifier: ISC */
/* Every fixed reply of smtpd (RFC 5321, 4.2; codes of RFC 3463 and 5248). */
#ifndef SMTP_REPLIES_H
#define SMTP_REPLIES_H

/* done */
#define SMTP_HELP       "214 2.0.0 see RFC 5321"
#define SMTP_BYE        "221 2.0.0 bye"
#define SMTP_TLS_READY  "220 2.0.0 start TLS now"
#define SMTP_AUTH_OK    "235 2.7.0 authenticated"
#define SMTP_OK         "250 2.0.0 ok"
#define SMTP_SENDER_OK  "250 2.1.0 sender ok"
#define SMTP_RCPT_OK    "250 2.1.5 recipient ok"
#define SMTP_VRFY       "252 2.0.0 send mail to find out"
#define SMTP_AUTH_PLAIN "334 "
#define SMTP_AUTH_USER  "334 VXNlcm5hbWU6"
#define SMTP_AUTH_PASS  "334 UGFzc3dvcmQ6"
#define SMTP_DATA_GO    "354 end with a line that holds a dot alone"

/* the session ends */
#define SMTP_TIMED_OUT   "421 4.4.2 timeout, closing"
#define SMTP_TOO_BAD     "421 4.7.0 too many errors, closing"
#define SMTP_TOO_IDLE    "421 4.7.0 too many commands without mail, closing"
#define SMTP_NOT_SMTP    "421 4.7.0 this is a mail server, closing"
#define SMTP_EARLY       "554 5.5.1 you spoke before your turn, closing"
#define SMTP_BDAT_SYNTAX "501 5.5.4 syntax: BDAT size [LAST], closing"
#define SMTP_INJECTION   "554 5.5.1 input behind STARTTLS, closing"

/* try again later */
#define SMTP_QUEUE_FAILED  "451 4.3.0 cannot queue mail now"
#define SMTP_POLICY_FAILED "451 4.3.5 cannot check recipients now"
#define SMTP_DISK_FULL     "452 4.3.1 no space now"
#define SMTP_RCPT_MANY     "452 4.5.3 too many recipients"
#define SMTP_AUTH_FAILED   "454 4.7.0 cannot check passwords now"

/* wrong commands */
#define SMTP_UNKNOWN      "500 5.5.2 no such command"
#define SMTP_LINE_LONG    "500 5.5.2 line too long"
#define SMTP_LINE_BARE    "500 5.5.2 lines end with CR LF"
#define SMTP_LINE_CONTROL "500 5.5.2 control character in a command"
#define SMTP_AUTH_LONG    "500 5.5.6 authentication line too long"
#define SMTP_NO_ARG       "501 5.5.4 no parameters allowed"
#define SMTP_ARG          "501 5.5.4 parameter needed"
#define SMTP_HELO_BAD     "501 5.5.2 not a host name or address literal"
#define SMTP_FROM_SYNTAX  "501 5.5.2 syntax: MAIL FROM:<address>"
#define SMTP_TO_SYNTAX    "501 5.5.2 syntax: RCPT TO:<address>"
#define SMTP_PARAM_BAD    "501 5.5.4 wrong or repeated parameter"
#define SMTP_AUTH_CANCEL  "501 5.7.0 authentication cancelled"
#define SMTP_AUTH_BASE64  "501 5.5.2 not base64"
#define SMTP_NOT_HERE     "502 5.5.1 command not implemented"
#define SMTP_NO_HELO      "503 5.5.1 send EHLO first"
#define SMTP_NO_MAIL      "503 5.5.1 send MAIL first"
#define SMTP_IN_MAIL      "503 5.5.1 not during a mail transaction"
#define SMTP_IN_BDAT      "503 5.5.1 go on with BDAT, or send RSET"
#define SMTP_IN_TLS       "503 5.5.1 TLS is active"
#define SMTP_IN_AUTH      "503 5.5.1 already authenticated"
#define SMTP_AUTH_MECH    "504 5.5.4 only PLAIN and LOGIN"
#define SMTP_PARAM        "555 5.5.4 parameter not known here"

/* refused */
#define SMTP_NEED_TLS      "530 5.7.0 send STARTTLS first"
#define SMTP_NEED_AUTH     "530 5.7.0 authentication required"
#define SMTP_AUTH_BAD      "535 5.7.8 wrong user name or password"
#define SMTP_AUTH_TLS      "538 5.7.11 encryption required, send STARTTLS first"
#define SMTP_AUTHOR_BAD    "550 5.6.0 no proper address in From or Sender"
#define SMTP_AUTHOR_OTHER  "550 5.7.1 not your address in From or Sender"
#define SMTP_DATA_NUL      "550 5.6.0 the message holds a NUL"
#define SMTP_DATA_BARE     "550 5.6.11 the message holds a CR or LF alone"
#define SMTP_TOO_BIG       "552 5.3.4 message too big"
#define SMTP_NO_BINARY     "504 5.5.4 no binary mail here, encode it"
#define SMTP_UTF8          "553 5.6.7 send SMTPUTF8 with such an address"
#define SMTP_FROM_BAD      "553 5.1.7 not a mailbox address"
#define SMTP_TO_BAD        "553 5.1.3 not a mailbox address"
#define SMTP_NOT_YOURS     "553 5.7.1 not your address"
#define SMTP_NO_RCPT       "554 5.5.1 no valid recipients"
#define SMTP_FILTERED      "554 5.7.1 message refused"
#define SMTP_QUEUE_REFUSED "554 5.3.0 message not accepted here"
#define SMTP_LOOP          "554 5.4.6 too many hops, mail loop"
#define SMTP_REFUSED_RCPT  "554 5.7.1 recipient not accepted here"

#endif
