# Starts, once, a program that holds 2 MiB of random text in its memory, and asks it for a hash of that and of every
# file of the system: two moments of a machine that are the same say the same.
if [ ! -p /run/hasher ]; then
  mkfifo /run/hasher /run/hashed
  head -c 4194304 /dev/urandom >/dev/shm/pages
  (
    memory=$(head -c 1572864 /dev/urandom | base64)
    while read -r _ </run/hasher; do
      { echo "$memory" | sha256sum; sha256sum </dev/shm/pages
        find / -xdev -type f ! -path '/var/log/*' ! -path '/tmp/*' | sort | xargs sha256sum | sha256sum; } >/run/hashed
    done
  ) </dev/null >/dev/null 2>&1 &
fi
# Its first answer says that it holds its text: what comes after this is the same each time.
echo now >/run/hasher
cat /run/hashed >/dev/null
