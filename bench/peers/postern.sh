# SPDX-License-Identifier: ISC
# Postern: an instance of all services, made by "postern init".  Variants:
#   call  programs of one binary enter each other by a function call
#   exec  POSTERN_EXEC=1: every program of a chain is executed

PEER_SERVICES="pop3 pop3s smtp smtps"
PEER_VARIANTS="call exec"
# A maildrop has one session at a time (RFC 1939, 4), so each needs its own.
idle_user=idle%d idle_users=2000
PATH=$(dirname "$BENCH")/bin:$PATH

peer_version() {
	git -C "$BENCH" describe --always --dirty 2> /dev/null ||
	    echo unknown
}

# postern_users: names for reading are in pop.test and live where all mail is;
# those of $DOMAIN have a home whose Maildir is the Inbox of the SMTP runs.
postern_users() {
	local u hash
	hash=$(password_hash)
	for u in $(all_users); do
		echo "$u@pop.test:{CRYPT}$hash:$BENCH_UID:$BENCH_UID::$(home $u)::"
		echo "$u@$DOMAIN:{CRYPT}$hash:$BENCH_UID:$BENCH_UID::$RUN/postern/in/$u::"
		mkdir -p "$RUN/postern/in/$u"
		ln -s "$(home $u)/Inbox" "$RUN/postern/in/$u/Maildir"
	done
	awk -v n=$idle_users -v d="$RUN/postern/in" -v h="$hash" -v u=$BENCH_UID '
	    BEGIN { for (i = 0; i < n; i++) printf "idle%d@pop.test:{CRYPT}%s" \
	        ":%s:%s::%s/idle%d::\n", i, h, u, u, d, i }'
	(cd "$RUN/postern/in" && mkdir $(seq -f idle%.0f 0 $((idle_users - 1))) &&
	    chown $BENCH_UID:$BENCH_UID idle*)
}

# What the test needs and an instance as it comes does not do: room for many
# connections, passwords in plain text, login names without a domain.
peer_start() {
	local d=$RUN/postern i=$RUN/postern/instance
	rm -rf "$d"
	mkdir -p "$d"
	postern init "$i" --domain $DOMAIN --host localhost \
	    --listen 127.0.0.1 --port-offset "$PORT_BASE" > "$d/log" ||
	    return 1
	postern_users >> "$i/etc/users"
	echo ':allow,TLS="offer"' > "$i/etc/ip.pop3"
	sed -i 's/^:allow.*/&,CONNMAX="none",CONNMAXWIDE="none",CONNRATE="none"/' \
	    "$i"/etc/ip.*
	cat "$BOTH" > "$i/tls/localhost.pem"
	sed -i -e 's/tcplisten -r 3 -c 100/tcplisten -r 3 -c 4000/' \
	    -e 's/checkpw -s pop/& -d pop.test/' "$i"/service/*/run
	[ "$1" != exec ] || sed -i '2iexport POSTERN_EXEC=1' \
	    "$i"/service/*/run
	cg_run "$CG" postern up "$i" --detach >> "$d/log" 2>&1 || return 1
	wait_port "$(port pop3)"
}

# what pop3d keeps of the sizes it has counted
peer_forget() { rm -f "$(maildir mbbig)/postern-index"; }

peer_stop() { postern down "$RUN/postern/instance"; }
