import { useTranslations } from "use-intl";

import type en from "@messages/en";

type Known = keyof typeof en.method.sets;

const KNOWN: readonly string[] = [
  "faceforensics",
  "dfdc-face-crops",
  "ciplab-composites",
  "lip-sync",
  "talking-heads",
  "stylegan-stills",
  "flux-stills",
  "few-crops",
  "real-footage",
] satisfies readonly Known[];

/** Names a test set for readers; one that is not known goes by the name the bundle gives it. */
export function useSetName(): (dataset: string) => { name: string; about: string | null } {
  const t = useTranslations("method.sets");
  return (dataset) =>
    isKnown(dataset)
      ? { name: t(`${dataset}.name`), about: t(`${dataset}.about`) }
      : { name: dataset, about: null };
}

function isKnown(dataset: string): dataset is Known {
  return KNOWN.includes(dataset);
}
