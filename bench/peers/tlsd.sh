# SPDX-License-Identifier: ISC
# Postern's TLS alone, before a trivial program.  Variants:
#   engine  tlsd in the control group, the listener and the program outside:
#           beside a terminator whose backend is outside too
#   all     everything in it, a process and an exec for each connection
#   one     the same, and an engine of its own for each connection

PEER_SERVICES="tls"
PEER_VARIANTS="engine all one"
PATH=$(dirname "$BENCH")/bin:$PATH

peer_version() {
	git -C "$BENCH" describe --always --dirty 2> /dev/null ||
	    echo unknown
}

peer_start() {
	local d=$RUN/tlsd in_group="cg_run $CG" socket="-s $RUN/tlsd/sock"
	mkdir -p "$d/tls"
	(umask 077 && cat "$BOTH" > "$d/tls/localhost.pem")
	[ "$1" != engine ] || in_group=
	if [ "$1" = one ]; then
		socket=
		export TLSDIR=$d/tls TLSNAME=localhost
	else
		cg_run "$CG" tlsd -d "$d/tls" -n localhost "$d/sock" \
		    2> "$d/log" &
		echo $! > "$d/pids"
		sleep 1
	fi
	# shellcheck disable=SC2086 # words
	$in_group tcplisten -c 4000 127.0.0.1 "$(port tls)" \
	    tlswrap -p pop3 $socket "$BENCH/inner" 2>> "$d/log" &
	echo $! >> "$d/pids"
	wait_port "$(port tls)"
}

peer_stop() {
	local pid
	while read -r pid; do kill "$pid" || :; done < "$RUN/tlsd/pids"
	rm -f "$RUN/tlsd/pids"
}
