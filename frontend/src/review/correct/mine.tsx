"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { MyReviews } from "@/api/schema";
import { ReviewText } from "@/review/told/review-text";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";

import { Correcting } from "./correcting";

/** The reader's own present answers about a file; nothing where there is none. */
export function Mine({ mediaId }: { mediaId: string }) {
  const t = useTranslations("review");
  const [corrected, setCorrected] = useState<string | null>(null);
  const { data } = useQuery<MyReviews, ApiError>({
    queryKey: [...keys.reviews, "mine", mediaId],
    queryFn: () =>
      unwrap(api.GET("/api/review/mine", { params: { query: { media_id: mediaId, limit: 20 } } })),
  });
  const present = (data?.reviews ?? []).map(({ review }) => review).filter((one) => one.can_correct);
  return present.map((review) =>
    review.id === corrected ? (
      <Correcting
        key={review.id}
        review={review}
        persons={[]}
        onCorrected={() => setCorrected(null)}
        onClose={() => setCorrected(null)}
      />
    ) : (
      <Card key={review.id} title={t("told.mine")}>
        <ReviewText review={review} mine />
        <Button className="mt-3" onClick={() => setCorrected(review.id)}>
          {t("correct.open")}
        </Button>
      </Card>
    ),
  );
}
