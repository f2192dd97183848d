import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256File } from '../../media/checksum.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { type Artifact, fillText, type PostProcessContext } from './artifact.ts';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'https://slsa.dev/provenance/v1';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/**
 * Packer's `provenance`: a statement (in-toto, SLSA provenance 1.0) of what the artifact's files were made from; with
 * `signing_mode = "key"` in a signed envelope (DSSE 1.0). The artifact stays as it is.
 * @throws GoldsmithError `unsupported` for keys that a service holds
 */
export async function stateProvenance(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<Artifact> {
  if (options['provenance'] === false) return artifact;
  const dir = path.resolve(context.root, fillText(String(options['output_dir'] ?? '.'), context, artifact));
  const statement = JSON.stringify(await statementOf(options, artifact, context));
  const text = await envelopeOf(statement, options, context);
  const name = `${context.image}-${context.version}.${options['signing_mode'] === 'key' ? 'intoto.dsse' : 'intoto'}.json`;
  const file = path.join(dir, name);
  await mkdir(dir, { recursive: true });
  await writeFile(file, `${text}\n`);
  if (options['sbom'])
    context.scope.emit({
      type: 'note',
      message: 'The SBOM of the image is with its release: goldsmith show says where.',
    });
  return { ...artifact, files: [...artifact.files, file], owned: [...artifact.owned, file] };
}

async function statementOf(options: Record<string, unknown>, artifact: Artifact, context: PostProcessContext) {
  const subject = await Promise.all(
    artifact.files.map(async file => ({ name: path.basename(file), digest: { sha256: await sha256File(file) } })),
  );
  const at = context.now.toISOString();
  return {
    _type: STATEMENT_TYPE,
    subject,
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: String(options['build_type'] ?? 'https://developer.hashicorp.com/packer'),
        externalParameters: {
          template: String(options['template'] ?? path.basename(context.template)),
          builder: `${context.builderType}.${context.buildName}`,
          variables: options['user_variables'] ?? context.variables,
          ...(options['source_uri'] === undefined ? {} : { source: options['source_uri'] }),
        },
        resolvedDependencies: [{ uri: context.source.origin, digest: { sha256: context.source.sha256 } }],
      },
      runDetails: {
        builder: { id: 'goldsmith' },
        metadata: { invocationId: context.runUuid, startedOn: at, finishedOn: at },
      },
    },
  };
}

async function envelopeOf(
  statement: string,
  options: Record<string, unknown>,
  context: PostProcessContext,
): Promise<string> {
  const mode = String(options['signing_mode'] ?? 'none');
  if (mode === 'none') return statement;
  if (mode !== 'key') throw noService(mode);
  const file = path.resolve(context.root, String(options['key'] ?? options['signer'] ?? ''));
  const key = await privateKey(file);
  const payload = Buffer.from(statement);
  // DSSE signs "DSSEv1", both lengths and both texts, so that neither can be taken for the other.
  const message = Buffer.concat([
    Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `),
    payload,
  ]);
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const keyid = createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64').slice(0, 32);
  return JSON.stringify({
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid, sig: sign(algorithm, message, key).toString('base64') }],
  });
}

async function privateKey(file: string) {
  try {
    return createPrivateKey(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new GoldsmithError('bad-recipe', `${file} is no private key that provenance could be signed with.`, {
      hint: 'Give "key" the path of a PEM file without a password.',
      cause,
    });
  }
}

export const noService = (mode: string): GoldsmithError =>
  new GoldsmithError('unsupported', `signing_mode "${mode}" needs a service that Goldsmith does not ask.`, {
    hint: 'Use signing_mode = "key" with a key file, or "none" and sign the statement elsewhere.',
  });
