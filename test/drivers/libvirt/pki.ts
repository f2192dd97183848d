import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

/** The files that libvirt wants for TLS (libvirt.org/kbase/tlscerts.html), in one folder for both ends. */
export interface Pki {
  dir: string;
  /** Lines of libvirtd.conf. */
  serverLines: string[];
}

/** libvirt 9 looks for both, whatever the key is. */
const END = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature,keyEncipherment'];
/** Who may be what, by the certificate's own words. */
const ROLES = {
  ca: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'],
  server: [...END, 'extendedKeyUsage=serverAuth'],
  client: [...END, 'extendedKeyUsage=clientAuth'],
};
/** Without it OpenSSL's own configuration adds what makes each certificate an authority. */
const BARE = ['-config', '/dev/null'];

/** An authority of the test's own, a server's certificate for one address, and a client's. */
export function makePki(dir: string, address: string): Pki {
  mkdirSync(dir);
  const file = (name: string): string => path.join(dir, `${name}.pem`);
  const make = (role: keyof typeof ROLES, cert: string, key: string, more: string[]): void => {
    const extensions = ROLES[role].flatMap(line => ['-addext', line]);
    const made = ['-newkey', 'rsa:2048', '-noenc', '-days', '2', '-keyout', file(key), '-out', file(cert)];
    const args = ['req', '-x509', ...BARE, ...made, '-subj', `/CN=goldsmith test ${role}`, ...extensions, ...more];
    execFileSync('openssl', args, { stdio: 'pipe' });
  };
  const signed = ['-CA', file('cacert'), '-CAkey', file('cakey')];
  make('ca', 'cacert', 'cakey', []);
  make('server', 'servercert', 'serverkey', [...signed, '-addext', `subjectAltName=IP:${address}`]);
  make('client', 'clientcert', 'clientkey', signed);
  const named = { ca_file: 'cacert', cert_file: 'servercert', key_file: 'serverkey' };
  const serverLines = Object.entries(named).map(([option, name]) => `${option} = "${file(name)}"`);
  return { dir, serverLines: ['listen_tls = 1', 'auth_tls = "none"', ...serverLines] };
}
