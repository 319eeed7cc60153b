include $(sort $(wildcard $(BR2_EXTERNAL_LIBDMALOAD_PATH)/package/*/*.mk))
