#!/bin/sh
# Foreign clients and servers for test/interop, from Debian. postfix, exim and the FTP servers are unpacked, not installed: only
# the programs are wanted, and no service must start.
set -eu
tools=${CS_INTEROP_TOOLS:-${TMPDIR:-/tmp}/cs-interop-tools}
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  missing=
  for pair in swaks:swaks msmtp:msmtp mpop:mpop gsasl:gsasl curl:curl python3:python3 openssl:openssl strace:strace haproxy:haproxy nginx:nginx-light vsftpd:vsftpd wget:wget rclone:rclone lftp:lftp chromium:chromium wget2:wget2 aria2c:aria2 h2load:nghttp2-client slowhttptest:slowhttptest dovecot:dovecot-imapd mbsync:isync sslscan:sslscan apache2:apache2-bin lighttpd:lighttpd interimap:interimap offlineimap:offlineimap3 neomutt:neomutt script:bsdutils php:php-cli ruby:ruby; do
    command -v "${pair%%:*}" >/dev/null || [ -x "/usr/sbin/${pair%%:*}" ] || missing="$missing ${pair##*:}"
  done
  perl -MIO::Socket::SSL -e1 2>/dev/null || missing="$missing libio-socket-ssl-perl"
  /usr/bin/python3 -c 'import pyftpdlib' 2>/dev/null || missing="$missing python3-pyftpdlib"
  /usr/bin/python3 -c 'import websockets' 2>/dev/null || missing="$missing python3-websockets"
  /usr/bin/python3 -c 'import dkim, authres, nacl' 2>/dev/null || missing="$missing python3-dkim python3-authres python3-nacl"
  /usr/bin/python3 -c 'import aiosmtplib' 2>/dev/null || missing="$missing python3-aiosmtplib"
  [ -e /usr/share/php/libphp-phpmailer ] || missing="$missing libphp-phpmailer"
  ruby -rmail -e1 2>/dev/null || missing="$missing ruby-mail"
  /usr/bin/perl -MMail::DKIM -e1 2>/dev/null || missing="$missing libmail-dkim-perl"
  perl -MAuthen::SASL -e1 2>/dev/null || missing="$missing libauthen-sasl-perl"
  if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
  fi
  if [ ! -x "$tools/bin/smtp-source" ]; then
    rm -rf "$tools" && mkdir -p "$tools/bin"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libdb5.3 libicu72 libsasl2-2 >/dev/null 2>&1 || true
    (cd "$tools" && { apt-get download -qq postfix || { apt-get update -qq && apt-get download -qq postfix; }; } && dpkg -x postfix_*.deb unpacked)
    for name in smtp-source smtp-sink; do
      printf '#!/bin/sh\nLD_LIBRARY_PATH=%s/unpacked/usr/lib/postfix exec %s/unpacked/usr/sbin/%s "$@"\n' "$tools" "$tools" "$name" > "$tools/bin/$name"
      chmod +x "$tools/bin/$name"
    done
  fi
  if [ ! -x "$tools/bin/pure-pw" ]; then
    ftp=$tools/ftp
    rm -rf "$ftp" && mkdir -p "$ftp" "$tools/bin"
    packages='proftpd-core proftpd-mod-crypto libhiredis0.14 libmemcached11 libmemcachedutil2 libhashkit2 libpcre2-posix3 pure-ftpd pure-ftpd-common'
    # shellcheck disable=SC2086
    (cd "$ftp" && { apt-get download -qq $packages || { apt-get update -qq && apt-get download -qq $packages; }; } && for deb in *.deb; do dpkg -x "$deb" unpacked; done)
    for path in sbin/proftpd sbin/pure-ftpd bin/pure-pw; do
      printf '#!/bin/sh\n# modules: %s/unpacked/usr/lib/proftpd\nLD_LIBRARY_PATH=$(echo %s/unpacked/usr/lib/*-linux-gnu) exec %s/unpacked/usr/%s "$@"\n' "$ftp" "$ftp" "$ftp" "$path" > "$tools/bin/${path##*/}"
      chmod +x "$tools/bin/${path##*/}"
    done
  fi
  if [ ! -x "$tools/bin/exim4" ]; then
    exim=$tools/exim
    rm -rf "$exim" && mkdir -p "$exim" "$tools/bin"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libdb5.3 libgnutls-dane0 libidn12 libnsl2 >/dev/null 2>&1 || true
    # The account that it was built to run as; it does not start without.
    getent passwd Debian-exim >/dev/null || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin Debian-exim
    (cd "$exim" && { apt-get download -qq exim4-daemon-light || { apt-get update -qq && apt-get download -qq exim4-daemon-light; }; } && dpkg -x exim4-daemon-light_*.deb unpacked)
    ln -s "$exim/unpacked/usr/sbin/exim4" "$tools/bin/exim4"
  fi
  chmod 755 "$tools"
fi
echo "$tools/bin"
