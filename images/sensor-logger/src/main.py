"""Samples the sensors of config.json, keeps the readings in rotated files, and prints a summary."""

import json

from logger import Recorder, directory
from logger.sensor import Sensor
from logger.stats import Summary
from logger.store import Store


def load_config():
    # Beside the package, in the image: an update of the image updates its settings too.
    with open(directory() + "/config.json") as f:
        return json.load(f)


def main():
    config = load_config()
    sensors = [Sensor(number, entry) for number, entry in enumerate(config["sensors"])]
    store = Store(config["directory"], config["file_bytes"], config["keep"])
    found = store.recover()
    print("store: %d records in %d files, %d bytes torn" % (found.records, found.files, found.torn))

    recorder = Recorder(sensors, store, config["period_s"])
    recorder.run(config["rounds"], found.last_time)
    store.close()

    print("wrote %d records, rotated %d times" % (recorder.written, store.rotations))
    for name, size in store.listing():
        print("  %-12s %5d B" % (name, size))

    summaries = [Summary(sensor.name, sensor.unit) for sensor in sensors]
    for time, number, value in store.records():
        summaries[number].add(time, value)
    print("%-12s %6s %8s %8s %8s  %s" % ("sensor", "count", "min", "mean", "max", "trend"))
    for summary in summaries:
        print(summary.line())

    alarms = [event for sensor in sensors for event in sensor.alarms]
    alarms.sort()
    print("%d alarms" % len(alarms))
    for time, name, what, value in alarms[: config["show_alarms"]]:
        print("  t=%05d %-10s %s at %s" % (time, name, what, value))


if __name__ == "__main__":
    main()
