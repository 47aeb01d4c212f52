"use client";

import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";

import { ApiError } from "@/api/errors";
import { useMe } from "@/api/queries";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { useTimeText } from "@/i18n/use-time-text";
import { Button } from "@/ui/button";
import type { Box } from "@/viewer/evidence/evidence";

import { SMALLEST_PX, withNumber, type Frame } from "./box";

const NUMBERS = ["left", "top", "width", "height"] as const;

type Props = {
  frame: Frame;
  box: Box;
  /** The time of the frame, in milliseconds; null in a photo. */
  timeMs: number | null;
  onChange: (box: Box) => void;
  onMark: () => Promise<void>;
  onCancel: () => void;
};

/** What is said beside the box: its numbers, which frame it is in, what it costs, and the buttons. */
export function MarkingPanel({ frame, box, timeMs, onChange, onMark, onCancel }: Props) {
  const t = useTranslations("viewer.marking");
  const wordsOf = useFailureText();
  const clock = useTimeText();
  const { data: me } = useMe();
  const [sending, setSending] = useState(false);
  const [refused, setRefused] = useState<ApiError | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);

  const values = { left: box[0], top: box[1], width: box[2] - box[0], height: box[3] - box[1] };
  const send = async () => {
    setSending(true);
    setRefused(null);
    try {
      await onMark();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefused(error);
      setSending(false);
    }
  };
  return (
    <div className="flex flex-col gap-3 border-y border-line p-4 mb-3 @2xl:p-6">
      <h3 ref={heading} tabIndex={-1} className="font-semibold focus:outline-none">
        {timeMs === null ? t("title") : t("titleAt", { time: clock(timeMs) })}
      </h3>
      <p id="marking-keys" className="text-sm text-muted">
        {t("how", { smallest: SMALLEST_PX })}
      </p>
      <div className="flex flex-wrap gap-3">
        {NUMBERS.map((which) => (
          <NumberField
            key={which}
            label={t(which)}
            value={values[which]}
            onChange={(value) => onChange(withNumber(box, which, value, frame))}
          />
        ))}
      </div>
      <p className="text-sm text-muted">
        {t("alone")}
        {typeof me?.usage.remaining === "number" && ` ${t("cost")}`}
      </p>
      {refused !== null && (
        <p role="alert" className="text-danger">
          {wordsOf(failureOf(refused))}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled={sending} onClick={() => void send()}>
          {t(sending ? "sending" : "score")}
        </Button>
        <Button onClick={onCancel}>{t("cancel")}</Button>
      </div>
    </div>
  );
}

type NumberProps = { label: string; value: number; onChange: (value: number) => void };

/** A number of pixels, taken over when the field is left or Enter is pressed: half a number is no box. */
function NumberField({ label, value, onChange }: NumberProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const take = () => {
    const number = Number(typed);
    if (typed !== null && typed.trim() !== "" && Number.isFinite(number)) onChange(number);
    setTyped(null);
  };
  return (
    <label className="flex flex-col gap-1 text-sm">
      <span>{label}</span>
      <input
        type="number"
        inputMode="numeric"
        min={0}
        value={typed ?? value}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === "Enter") take();
        }}
        className="min-h-11 w-28 rounded-control border border-control bg-surface px-3 pointer-fine:min-h-9"
      />
    </label>
  );
}
