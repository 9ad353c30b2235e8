/* SPDX-License-Identifier: ISC */
/* The command line of tlsclient. */
#include "client_options.h"

#include <fcntl.h>
#include <skalibs/sgetopt.h>
#include <string.h>

#include "hostname.h"
#include "log.h"
#include "tlsreq.h"
#include "usage.h"

static const char client_usage[] =
    "usage: tlsclient [options] host port next...\n"
    "Runs next... with a TLS connection to host on fd 6 and 7. host is a name, "
    "or\n"
    "addresses with commas between.\n"
    "  -s           next starts TLS itself (UCSPI-TLS), as for STARTTLS\n"
    "  -l level     off, offer, require, verify (the default), dane\n"
    "  -n name      who the server must be, and SNI (host); several: any\n"
    "  -d tlsa      a TLSA record, as \"3 1 1 HEX\"; several: any\n"
    "  -f hash      the certificate's SHA-256, or spki:HEX; several: any\n"
    "  -A file      authorities to trust too (PEM)\n"
    "  -C dir       authorities to trust, hashed (/etc/ssl/certs; \"\" none)\n"
    "  -k bundle    our own certificate: key, leaf, chain\n"
    "  -p protocol  ALPN\n"
    "  -i address   ours, one for IPv4 and one for IPv6\n"
    "  -4, -6       IPv4 or IPv6 only\n"
    "  -c seconds   to look up and connect (60)\n"
    "  -t seconds   for the handshake (30)\n"
    "  -T seconds   of silence (1200)\n"
    "  -e fd        where to say how it came out\n"
    "  -u uid:gid   who speaks TLS with the server\n";

/* A further name that will do. 1, or 0 if ARG is neither name nor address. */
static int
client_name(struct verify *v, const char *arg)
{
	char clean[HOSTNAME_SIZE];
	struct ip ip;

	if (!hostname_clean(clean, arg)) {
		if (!ip_scan(arg, &ip))
			return 0;
		ip_fmt(clean, &ip);
	}
	if (v->names == VERIFY_NAMES)
		log_die(100, "option -n: too many names", (char *)0);
	if (!(v->name[v->names++] = strdup(clean)))
		log_die(111, "no memory", (char *)0);
	return 1;
}

/* The next record of V, read by SCAN. */
static void
client_record(struct verify *v, const char *option, const char *arg,
    int (*scan)(const char *, struct tlsa *))
{
	if (v->records == VERIFY_RECORDS)
		log_die(100, option, ": too many", (char *)0);
	if (!scan(arg, &v->record[v->records]))
		log_die(100, option, ": '", arg, "' is not of that form",
		    (char *)0);
	v->records++;
}

static void
client_from(struct dial *d, const char *arg)
{
	struct ip ip;

	if (!ip_scan(arg, &ip))
		log_die(100, "option -i: '", arg, "' is no address", (char *)0);
	dial_from(d, &ip);
}

static void
client_status(struct client_options *o, const char *arg)
{
	o->status = (int)usage_number("option -e", arg, 1, 65535);
	if (fcntl(o->status, F_SETFD, FD_CLOEXEC) < 0)
		log_diesys(100, "option -e: fd ", arg, (char *)0);
}

/* Options of the connection, other than whom it is with. 1, or 0 if C is none
 * of them. */
static int
client_option_net(struct client_options *o, int c, const char *arg)
{
	switch (c) {
	case '4':
		o->dial.family = 4;
		return 1;
	case '6':
		o->dial.family = 16;
		return 1;
	case 'i':
		client_from(&o->dial, arg);
		return 1;
	case 'c':
		o->connect =
		    (unsigned int)usage_number("option -c", arg, 1, 3600);
		return 1;
	case 't':
		o->seconds =
		    (unsigned int)usage_number("option -t", arg, 1, 3600);
		return 1;
	case 'T':
		o->idle =
		    (unsigned int)usage_number("option -T", arg, 1, 86400);
		return 1;
	case 'e':
		client_status(o, arg);
		return 1;
	case 'u':
		priv_id_need("option -u", arg, &o->id);
		o->drop = 1;
		return 1;
	default:
		return 0;
	}
}

static void
client_option(struct client_options *o, int c, const char *arg, int *pins)
{
	switch (c) {
	case 's':
		o->delayed = 1;
		return;
	case 'l':
		if (!verify_level_scan(arg, &o->verify.level))
			log_die(
			    100, "option -l: no such level: ", arg, (char *)0);
		return;
	case 'n':
		if (!client_name(&o->verify, arg))
			log_die(100, "option -n: '", arg, "' is no host name",
			    (char *)0);
		return;
	case 'd':
		client_record(&o->verify, "option -d", arg, tlsa_scan);
		return;
	case 'f':
		client_record(&o->verify, "option -f", arg, tlsa_scan_pin);
		++*pins;
		return;
	case 'A':
		o->verify.file = arg;
		return;
	case 'C':
		o->verify.dir = *arg ? arg : 0;
		return;
	case 'k':
		o->bundle = arg;
		return;
	case 'p':
		if (!tlsreq_protocol(arg))
			log_die(100, "option -p: '", arg,
			    "' is no name of a protocol", (char *)0);
		o->protocol = arg;
		return;
	case 'h':
		usage_help(client_usage);
	default:
		if (!client_option_net(o, c, arg))
			usage_die(client_usage);
	}
}

/* What does not go together, and what follows from what was said. */
static void
client_settle(struct client_options *o, size_t pins, int leveled)
{
	struct verify *v = &o->verify;
	struct ip ip;
	size_t i;

	if (pins && (leveled || pins != v->records))
		log_die(100,
		    "option -f is a level of its own, without -l or -d",
		    (char *)0);
	if (pins)
		v->level = VERIFY_FINGERPRINT;
	if (!pins && !v->records != (v->level != VERIFY_DANE))
		log_die(
		    100, "option -d and -l dane need each other", (char *)0);
	for (i = 0; v->names > 1 && i < v->names; i++)
		if (ip_scan(v->name[i], &ip))
			log_die(100, "option -n: an address must be alone",
			    (char *)0);
	if (v->names == 0 && !client_name(v, o->host) &&
	    (v->level == VERIFY_PKIX || v->level == VERIFY_DANE))
		log_die(100, "a list of addresses needs a name (-n) to verify",
		    (char *)0);
}

char *const *
client_options(struct client_options *o, int argc, char **argv)
{
	subgetopt opt = SUBGETOPT_ZERO;
	int c, leveled = 0, pins = 0;

	*o = (struct client_options){.status = -1,
	    .connect = 60,
	    .seconds = 30,
	    .idle = 1200,
	    .verify = {.level = VERIFY_PKIX, .dir = "/etc/ssl/certs"}};
	opt.err = 0;
	while ((c = subgetopt_r(argc, (char const *const *)argv,
		    "sl:n:d:f:A:C:k:p:i:46c:t:T:e:u:h", &opt)) != -1) {
		client_option(o, c, opt.arg, &pins);
		leveled |= c == 'l';
	}
	argv += opt.ind;
	if (argc - opt.ind < 3)
		usage_die(client_usage);
	o->host = argv[0];
	o->dial.port = (uint16_t)usage_number("the port", argv[1], 1, 65535);
	client_settle(o, (size_t)pins, leveled);
	return argv + 2;
}
