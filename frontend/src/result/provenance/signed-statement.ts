import type { AiStatement, Provenance } from "@/api/schema";

/**
 * What the file's record says of AI, if record and statement are by signers of the trust list: the only statement of a
 * file that stands above the verdict. Others, also those of the older list, are for the card alone.
 */
export function signedStatement(provenance: Provenance | null | undefined): AiStatement | null {
  const record = provenance?.credentials;
  const ai = record?.ai ?? null;
  if (record?.state !== "trusted" || record.trust_list !== "signers" || ai === null) return null;
  return ai.state === "trusted" && ai.trust_list === "signers" ? ai : null;
}

/** Who signed: the organisation with the certificate's own name where that says more. */
export function signerOf({
  signer,
  issuer,
}: {
  signer?: string | null;
  issuer?: string | null;
}): string | null {
  const names = [issuer, signer].filter((name): name is string => typeof name === "string");
  return names.length === 0 ? null : [...new Set(names)].join(", ");
}
