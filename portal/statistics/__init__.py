"""What the bookings come to, month by month, without anybody in them."""
