import ssh2 from 'ssh2';

/** `type base64` of the public half of a private key file; empty when the file is none. */
export function publicLineOf(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error || Array.isArray(key)) return '';
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}
