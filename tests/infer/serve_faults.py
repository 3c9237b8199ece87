# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that are broken while a service runs: the other end of layer/fault.h."""
import json
import mmap
import os
import struct

WELL, LOST, LOST_AT_WAIT, HANG, SLOW, GONE, HELD = range(7)

# struct layer_fault: kind, factor, from, submissions, struck
FAULT = struct.Struct("=IIQQQ")
DEVICES = 8
KIND, FACTOR, FROM, SUBMISSIONS, STRUCK = 0, 4, 8, 16, 24


class Faults:
    """Some of lavapipe's devices, by numbers from 0, and what is wrong with each."""

    def __init__(self, folder, layer, devices):
        control = os.path.join(folder, "faults")
        with open(control, "wb") as file:
            file.write(bytes(FAULT.size * DEVICES))
        with open(control, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        self.environment = dict(
            os.environ, HEADGATE_TEST_FAULTS=control, VK_ADD_LAYER_PATH=layer, VK_INSTANCE_LAYERS="VK_LAYER_HEADGATE_fault",
            VK_ICD_FILENAMES=self.drivers(folder, devices), NODEVICE_SELECT="1")
        # It would be preferred.
        self.environment.pop("VK_DRIVER_FILES", None)

    @staticmethod
    def drivers(folder, devices):
        """The loader takes each manifest for a driver of its own, with a device of its own."""
        with open(os.environ["VK_ICD_FILENAMES"].split(":")[0]) as file:
            manifest = json.load(file)
        paths = [os.path.join(folder, f"driver{i}.json") for i in range(devices)]
        for path in paths:
            with open(path, "w") as file:
                json.dump(manifest, file)
        return ":".join(paths)

    def get(self, device, field, form="Q"):
        return struct.unpack_from("=" + form, self.map, device * FAULT.size + field)[0]

    def put(self, device, field, value, form="Q"):
        struct.pack_into("=" + form, self.map, device * FAULT.size + field, value)

    def strike(self, device, kind, after=0, factor=1):
        """From the submission on that comes after so many more."""
        self.put(device, KIND, WELL, "I")
        self.put(device, FACTOR, factor, "I")
        self.put(device, STRUCK, 0)
        self.put(device, FROM, self.submissions(device) + after)
        self.put(device, KIND, kind, "I")

    def heal(self, device):
        self.put(device, KIND, WELL, "I")

    def submissions(self, device):
        return self.get(device, SUBMISSIONS)

    def struck(self, device):
        return self.get(device, STRUCK)
