"use client";

import { Camera, FilePlus2, Link2 } from "lucide-react";
import { useRef, type ChangeEvent } from "react";
import { useTranslations } from "use-intl";

import { useLimits } from "@/api/queries";
import { Button, buttonClass } from "@/ui/button";

import { LimitsLine } from "./limits-line";
import { LinkForm } from "./link-form";

type Props = {
  /** Whether files are being dragged over the page. */
  over: boolean;
  /** Whether a list below needs the space. */
  small: boolean;
  /** How many files of the list below were refused. */
  refused: number;
  /** The address being typed; null while the field is closed. */
  link: string | null;
  onFiles: (files: File[]) => void;
  onLink: (link: string | null) => void;
};

/** The drop zone and its buttons; the whole page accepts drops, this part shows it. */
export function DropZone({ over, small, refused, link, onFiles, onLink }: Props) {
  const t = useTranslations("analyse.zone");
  return (
    <section aria-labelledby="zone-title" className="relative">
      <div
        className={`flex flex-col items-center justify-center gap-4 rounded-card border-2 border-dashed px-4 text-center transition-colors duration-[120ms] sm:px-8 ${small ? "py-6" : "py-10 sm:py-14"} ${over ? "border-text bg-sunken" : "border-control bg-surface"}`}
      >
        <p id="zone-title" className="text-lg font-semibold text-balance sm:text-xl">
          {over ? t("drop") : t("title")}
        </p>
        <Pickers open={link !== null} onFiles={onFiles} onLink={() => onLink(link === null ? "" : null)} />
        {link !== null && <LinkForm key={link} start={link} onClose={() => onLink(null)} />}
        <LimitsLine />
        {refused > 0 && (
          <p role="status" className="text-sm text-danger">
            {t("refused", { count: refused })}
          </p>
        )}
      </div>
    </section>
  );
}

type PickersProps = { open: boolean; onFiles: (files: File[]) => void; onLink: () => void };

function Pickers({ open, onFiles, onLink }: PickersProps) {
  const t = useTranslations("analyse.zone");
  return (
    <div className="flex flex-wrap items-center justify-center gap-2">
      <FilePicker id="choose-files" onFiles={onFiles} />
      <CameraPicker onFiles={onFiles} />
      <Button aria-expanded={open} onClick={onLink}>
        <Link2 aria-hidden className="size-4" />
        {t("link")}
      </Button>
    </div>
  );
}

/** The types go by name, so that a dialog shows what is taken; files of other names can be chosen and dropped. */
function FilePicker({ id, onFiles }: { id: string; onFiles: (files: File[]) => void }) {
  const t = useTranslations("analyse.zone");
  const input = useRef<HTMLInputElement>(null);
  const { data: limits } = useLimits();
  const kinds = limits && [limits.image, limits.video];
  const accept = kinds
    ?.flatMap(({ content_types, extensions }) => [...content_types, ...extensions])
    .join(",");
  return (
    <>
      <button id={id} type="button" onClick={() => input.current?.click()} className={buttonClass("primary")}>
        <FilePlus2 aria-hidden className="size-4" />
        {t("choose")}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={accept}
        data-testid="file-input"
        onChange={(event) => onFiles(picked(event))}
      />
    </>
  );
}

/** Shown on touch screens only: other machines would open the same file dialog again. */
function CameraPicker({ onFiles }: { onFiles: (files: File[]) => void }) {
  const t = useTranslations("analyse.zone");
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button className="hidden! pointer-coarse:inline-flex!" onClick={() => input.current?.click()}>
        <Camera aria-hidden className="size-4" />
        {t("camera")}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/*,video/*"
        capture="environment"
        onChange={(event) => onFiles(picked(event))}
      />
    </>
  );
}

/** The files of an input, which is emptied so that the same file can be picked again. */
function picked({ currentTarget }: ChangeEvent<HTMLInputElement>): File[] {
  const files = [...(currentTarget.files ?? [])];
  currentTarget.value = "";
  return files;
}
