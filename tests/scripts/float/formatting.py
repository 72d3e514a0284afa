# Floats through str, %, format, with every presentation type.
values = (0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, 123.456, -0.001234, 1e-10, 1e15, 1e16, 1e17, 123456789.123, 9.995, 1e100, 5e-324)
for v in values:
    print(v, repr(v), str(v))
    print("%f %.0f %.3f %e %.2e %g %.10g %10.2f %-10.1f| %+.1f %010.3f" % (v, v, v, v, v, v, v, v, v, v, v))
    print("{:f} {:.2f} {:10.3f} {:<10.1f}| {:+g} {:.3e} {:%} {:.1%} {:G} {:,.2f}".format(v, v, v, v, v, v, v, v, v, v))
for v in (float("inf"), float("-inf"), float("nan")):
    print(v, "%f" % v, "{:8.2f}|{:<8}|".format(v, v), "%e" % v)
