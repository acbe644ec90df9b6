"""What the pocket model is trained on. Logits are cosines times a scale; `torch.finfo.min`-like -1e4 stands for "not counted"."""

import torch
import torch.nn.functional as F

NOT_COUNTED = -1e4


def contrastive(images, texts, own, true, scale):
    """Symmetric image-caption loss over distinct captions.

    images [b, d], texts [m, d]; own [b] is each image's caption, true [b, m] whether a caption also holds for an image
    (same country, region or town): such pairs are neither positives nor negatives.
    """
    logits = scale * images @ texts.T
    rows = torch.arange(len(images))
    given = torch.zeros_like(true)
    given[rows, own] = True
    masked = logits.masked_fill(true & ~given, NOT_COUNTED)
    to_text = F.cross_entropy(masked, own)
    # A caption with several images of its own has several positives, each against the others' absence.
    log_p = masked.T - torch.logsumexp(masked.masked_fill(given, NOT_COUNTED).T, 1, keepdim=True).logaddexp(masked.T)
    to_image = -(log_p * given.T).sum(1) / given.sum(0).clamp(min=1)
    return 0.5 * (to_text + to_image.mean())


def same_town(images, town, near, scale, memory=None, memory_town=None, memory_near=None):
    """Supervised contrastive loss: views of one town attract, other towns repel; `near` [b, b] towns are not counted."""
    positive = town[:, None] == town[None]
    positive.fill_diagonal_(False)
    ignored = near & ~positive
    ignored.fill_diagonal_(True)
    logits = scale * images @ images.T
    if memory is not None and len(memory):
        more = town[:, None] == memory_town[None]
        logits = torch.cat([logits, scale * images @ memory.T], 1)
        positive = torch.cat([positive, more], 1)
        ignored = torch.cat([ignored, memory_near & ~more], 1)
    logits = logits.masked_fill(ignored, NOT_COUNTED)
    negatives = torch.logsumexp(logits.masked_fill(positive, NOT_COUNTED), 1, keepdim=True)
    log_p = logits - negatives.logaddexp(logits)
    count = positive.sum(1)
    per_image = -(log_p * positive).sum(1) / count.clamp(min=1)
    return per_image[count > 0].mean() if (count > 0).any() else images.sum() * 0


def within_km(lat_a, lon_a, lat_b, lon_b, km):
    """[a, b] whether two points (degrees) lie within `km` on a sphere of 6371 km."""
    a, b, c, d = (torch.deg2rad(x.double()) for x in (lat_a, lon_a, lat_b, lon_b))
    h = torch.sin((a[:, None] - c[None]) / 2) ** 2
    h = h + torch.cos(a)[:, None] * torch.cos(c)[None] * torch.sin((b[:, None] - d[None]) / 2) ** 2
    return 2 * 6371 * torch.asin(h.clamp(0, 1).sqrt()) <= km
