"""transformers on torch with CUDA in float16, for device.ts: photos a second by batch. usage: device.py CHECKPOINT"""
import sys
import time

import torch
from transformers import CLIPModel

if not torch.cuda.is_available():
    sys.exit(1)
model = CLIPModel.from_pretrained(sys.argv[1], torch_dtype=torch.float16).eval().cuda()
side = model.config.vision_config.image_size
with torch.inference_mode():
    for batch in (1, 4, 16, 64):
        pixels = torch.randn(batch, 3, side, side, dtype=torch.float16, device="cuda")
        seconds = []
        for run in range(12):
            torch.cuda.synchronize()
            started = time.perf_counter()
            model.get_image_features(pixel_values=pixels)
            torch.cuda.synchronize()
            seconds.append(time.perf_counter() - started)
        best = sorted(seconds[2:])[5]
        print(f"torch, CUDA, float16, batches of {batch}: {batch / best:.1f} photos/s, {torch.cuda.max_memory_allocated() / 2**20:.0f} MiB")
