/** X.509 certificates made while a test runs: no file that expires, no program that may be missing. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly name: string;
  readonly signer: KeyObject;
}

interface CertificateOptions {
  /** Common name. */
  readonly name: string;
  /** Left out: signed by itself. */
  readonly issuer?: Certificate;
  /** Host names it is for. */
  readonly hosts?: readonly string[];
  readonly authority?: boolean;
  /** Days from now; negative has expired. */
  readonly validForDays?: number;
}

const DAY_MS = 86_400_000;

export function makeCertificate(options: CertificateOptions): Certificate {
  const { name, issuer, hosts = [], authority = false, validForDays = 2 } = options;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = issuer?.signer ?? privateKey;
  const until = Date.now() + validForDays * DAY_MS;
  const extensions = [
    ...(authority ? [seq(oid(2, 5, 29, 19), TRUE, octets(seq(TRUE)))] : []),
    ...(hosts.length > 0
      ? [seq(oid(2, 5, 29, 17), octets(seq(...hosts.map(host => der(0x82, Buffer.from(host))))))]
      : []),
  ];
  const body = seq(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    commonName(issuer?.name ?? name),
    seq(time(until - 10 * DAY_MS), time(until)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, seq(...extensions))] : []),
  );
  const signed = seq(body, ECDSA_SHA256, bits(sign('sha256', body, signer)));
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name,
    signer: privateKey,
  };
}

function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const seq = (...contents: Buffer[]): Buffer => der(0x30, ...contents);
const integer = (content: Buffer): Buffer => der(0x02, content);
const octets = (content: Buffer): Buffer => der(0x04, content);
const bits = (content: Buffer): Buffer => der(0x03, Buffer.from([0]), content);
const TRUE = der(0x01, Buffer.from([0xff]));

function oid(first: number, second: number, ...rest: number[]): Buffer {
  const bytes = rest.flatMap(number => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

const ECDSA_SHA256 = seq(oid(1, 2, 840, 10045, 4, 3, 2));

const commonName = (name: string): Buffer =>
  seq(der(0x31, seq(oid(2, 5, 4, 3), der(0x0c, Buffer.from(name)))));

/** GeneralizedTime. */
const time = (ms: number): Buffer =>
  der(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')}`));
